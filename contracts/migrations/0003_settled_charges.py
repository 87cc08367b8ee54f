"""Whether anything of a charge is still to be billed, with an index of those of which something is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contracts", "0002_guards")]

    operations = [
        migrations.AddField(
            model_name="recurringcharge",
            name="settled",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="clientcharge",
            name="settled",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddIndex(
            model_name="recurringcharge",
            index=models.Index(
                condition=models.Q(("settled", False)), fields=["contract", "id"], name="contracts_recurring_open"
            ),
        ),
        migrations.AddIndex(
            model_name="clientcharge",
            index=models.Index(
                condition=models.Q(("settled", False)), fields=["client", "id"], name="contracts_clientcharge_open"
            ),
        ),
    ]
