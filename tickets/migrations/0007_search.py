"""Indexes by which lists are searched and filtered."""

import django.contrib.postgres.indexes
from django.db import migrations, models

import accounts.words


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0007_search"),
        ("tickets", "0006_entry_author"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="expense",
            index=models.Index(fields=["-incurred_on", "-id"], name="tickets_expense_newest"),
        ),
        migrations.AddIndex(
            model_name="expense",
            index=models.Index(
                condition=models.Q(("goods", True)), fields=["-incurred_on", "-id"], name="tickets_expense_goods"
            ),
        ),
        migrations.AddIndex(
            model_name="expense",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("description"), gin_pending_list_limit=512, name="tickets_expense_words"
            ),
        ),
        migrations.AddIndex(
            model_name="manualbill",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("reference"), gin_pending_list_limit=512, name="tickets_manualbill_words"
            ),
        ),
        migrations.AddIndex(
            model_name="shadowbill",
            index=models.Index(fields=["outcome", "id"], name="tickets_shadowbill_by_outcome"),
        ),
        migrations.AddIndex(
            model_name="shadowbill",
            index=models.Index(fields=["planned_at"], name="tickets_shadowbill_by_time"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("billing_status", "billed"), _negated=True),
                fields=["billing_status", "-created_at", "-id"],
                name="tickets_ticket_by_billing",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("billing_reason", ""), _negated=True),
                fields=["billing_reason", "-created_at", "-id"],
                name="tickets_ticket_by_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("status", "closed"), _negated=True),
                fields=["status", "-created_at", "-id"],
                name="tickets_ticket_by_status",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("priority", "medium"), _negated=True),
                fields=["priority", "-created_at", "-id"],
                name="tickets_ticket_by_priority",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("billable", False)),
                fields=["-created_at", "-id"],
                name="tickets_ticket_not_billable",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("number", "subject"), gin_pending_list_limit=512, name="tickets_ticket_words"
            ),
        ),
        migrations.AddIndex(
            model_name="ticketusage",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["month"], name="tickets_usage_by_month", pages_per_range=32
            ),
        ),
        migrations.AddIndex(
            model_name="timeentry",
            index=models.Index(
                condition=models.Q(("status", "approved"), _negated=True),
                fields=["status", "-worked_on", "-id"],
                name="tickets_entry_by_status",
            ),
        ),
        migrations.AddIndex(
            model_name="timeentry",
            index=models.Index(fields=["technician", "-worked_on", "-id"], name="tickets_entry_by_technician"),
        ),
        migrations.AddIndex(
            model_name="timeentry",
            index=models.Index(
                condition=models.Q(("billable", False)), fields=["-worked_on", "-id"], name="tickets_entry_not_billable"
            ),
        ),
        migrations.AddIndex(
            model_name="timeentry",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("technician", "description"),
                gin_pending_list_limit=512,
                name="tickets_entry_words",
            ),
        ),
    ]
