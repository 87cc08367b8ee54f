"""A client's own default strategy, and its own limit above which a ticket waits for an approver."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contracts", "0005_management_guards")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="default_strategy",
            field=models.CharField(
                "default strategy",
                blank=True,
                db_default="",
                default="",
                help_text="Where neither person, contract nor the work itself decides. Empty: the setting's.",
                max_length=30,
            ),
        ),
        migrations.AddField(
            model_name="client",
            name="approval_threshold_seconds",
            field=models.PositiveIntegerField(
                "approval above",
                blank=True,
                help_text="Seconds of work on a ticket above which it waits for an approver. Empty: the setting's.",
                null=True,
            ),
        ),
    ]
