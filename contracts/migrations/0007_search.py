"""Indexes by which lists are searched and filtered."""

import django.contrib.postgres.indexes
from django.db import migrations, models

import accounts.words


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0006_client_automation_terms"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(fields=["-month", "-id"], name="contracts_allocation_newest"),
        ),
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(
                condition=models.Q(("released_at__isnull", False)),
                fields=["-month", "-id"],
                name="contracts_allocation_released",
            ),
        ),
        migrations.AddIndex(
            model_name="client",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("name", "city", "email", "vat_id"),
                gin_pending_list_limit=512,
                name="contracts_client_words",
            ),
        ),
        migrations.AddIndex(
            model_name="clientcharge",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("description"), gin_pending_list_limit=512, name="contracts_clientcharge_words"
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("name", "email"), gin_pending_list_limit=512, name="contracts_contact_words"
            ),
        ),
        migrations.AddIndex(
            model_name="recurringcharge",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("description"), gin_pending_list_limit=512, name="contracts_recurring_words"
            ),
        ),
    ]
