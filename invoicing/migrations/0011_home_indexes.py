"""What could not be sent is found without reading every mail that was."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0010_audit_seal_guards")]

    operations = [
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(fields=["queued_at"], condition=Q(status="parked"), name="invoicing_mail_parked"),
        ),
    ]
