"""What a month bills of cases is read from an index alone; claims are held against the few cases that were waived."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("gateway_billing", "0002_guards"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="servicecase", name="gateway_case_sent"),
        migrations.AddIndex(
            model_name="servicecase",
            index=models.Index(
                fields=["company", "output_sent_at"],
                include=["id", "category", "is_billable", "waived_at"],
                condition=Q(output_sent_at__isnull=False),
                name="gateway_case_sent",
            ),
        ),
        migrations.AddIndex(
            model_name="servicecase",
            index=models.Index(
                fields=["company", "created_at"],
                include=["id", "output_status"],
                condition=Q(output_sent_at__isnull=True),
                name="gateway_case_not_sent",
            ),
        ),
        migrations.AddIndex(
            model_name="servicecase",
            index=models.Index(fields=["id"], condition=Q(waived_at__isnull=False), name="gateway_case_waived"),
        ),
    ]
