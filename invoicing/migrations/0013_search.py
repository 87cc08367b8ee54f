"""Indexes by which lists are searched and filtered."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models

import accounts.words


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0007_search"),
        ("invoicing", "0012_audit_by_time"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="auditentry",
            name="invoicing_audit_by_time",
        ),
        migrations.AddIndex(
            model_name="anomaly",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("kind", "text"), gin_pending_list_limit=512, name="invoicing_anomaly_words"
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["at", "id"], name="invoicing_audit_newest"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(("by", "system"), _negated=True), fields=["at", "id"], name="invoicing_audit_people"
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                django.db.models.functions.text.Upper("by"),
                models.F("at"),
                models.F("id"),
                condition=models.Q(("by", "system"), _negated=True),
                name="invoicing_audit_person",
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["action", "at", "id"], name="invoicing_audit_action"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("reason"),
                condition=models.Q(("reason", ""), _negated=True),
                gin_pending_list_limit=512,
                name="invoicing_audit_words",
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("outcome", "billed"), _negated=True),
                fields=["outcome", "id"],
                name="invoicing_claim_unbilled",
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("released_at__isnull", False)),
                fields=["kind", "source_id"],
                name="invoicing_claim_given_back",
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("released_at__isnull", False)), fields=["id"], name="invoicing_claim_released"
            ),
        ),
        migrations.AddIndex(
            model_name="discount",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("reason"), gin_pending_list_limit=512, name="invoicing_discount_words"
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["currency", "id"], name="invoicing_invoice_currency"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("issue_on__isnull", False)), fields=["issue_on"], name="invoicing_invoice_issued"
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["period_start"], name="invoicing_invoice_period"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("kind", "invoice"), _negated=True),
                fields=["kind", "id"],
                name="invoicing_invoice_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["kind", "id"], name="invoicing_job_by_kind"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["status", "id"], name="invoicing_job_by_status"),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(
                condition=models.Q(("status", "sent"), _negated=True),
                fields=["status", "id"],
                name="invoicing_mail_by_status",
            ),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(fields=["purpose", "id"], name="invoicing_mail_by_purpose"),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["queued_at"], name="invoicing_mail_by_time", pages_per_range=32
            ),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("subject"), gin_pending_list_limit=512, name="invoicing_mail_words"
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("method", "transfer"), _negated=True),
                fields=["method", "id"],
                name="invoicing_payment_method",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["received_on", "id"], name="invoicing_payment_received"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("reference"), gin_pending_list_limit=512, name="invoicing_payment_words"
            ),
        ),
        migrations.AddIndex(
            model_name="stripecall",
            index=models.Index(
                condition=models.Q(("stripe_id", ""), _negated=True),
                fields=["stripe_id"],
                name="invoicing_stripe_call_id",
            ),
        ),
        migrations.AddIndex(
            model_name="stripecall",
            index=models.Index(
                condition=models.Q(("status", "done"), _negated=True),
                fields=["status", "id"],
                name="invoicing_stripe_call_status",
            ),
        ),
        migrations.AddIndex(
            model_name="stripecall",
            index=models.Index(fields=["purpose", "id"], name="invoicing_stripe_call_step"),
        ),
        migrations.AddIndex(
            model_name="stripecall",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["queued_at"], name="invoicing_stripe_call_time", pages_per_range=32
            ),
        ),
        migrations.AddIndex(
            model_name="stripeevent",
            index=models.Index(fields=["event_type", "id"], name="invoicing_stripe_event_type"),
        ),
        migrations.AddIndex(
            model_name="stripeevent",
            index=models.Index(
                condition=models.Q(("status", "processed"), _negated=True),
                fields=["status", "id"],
                name="invoicing_stripe_event_status",
            ),
        ),
        migrations.AddIndex(
            model_name="vatcheck",
            index=models.Index(
                condition=models.Q(("outcome", "valid"), _negated=True),
                fields=["outcome", "id"],
                name="invoicing_vatcheck_outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="vatcheck",
            index=django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["asked_at"], name="invoicing_vatcheck_by_time", pages_per_range=32
            ),
        ),
        migrations.AddIndex(
            model_name="vatcheck",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("vat_id", "name", "consultation_number"),
                gin_pending_list_limit=512,
                name="invoicing_vatcheck_words",
            ),
        ),
    ]
