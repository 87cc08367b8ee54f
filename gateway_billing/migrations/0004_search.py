"""Indexes by which lists are searched and filtered."""

import django.contrib.postgres.indexes
from django.db import migrations

import accounts.words


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0007_search"),
        ("gateway_billing", "0003_reading_cases"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="casecategory",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("name"), gin_pending_list_limit=512, name="gateway_category_words"
            ),
        ),
        migrations.AddIndex(
            model_name="servicechange",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("category", "description"),
                gin_pending_list_limit=512,
                name="gateway_change_words",
            ),
        ),
        migrations.AddIndex(
            model_name="serviceprice",
            index=django.contrib.postgres.indexes.GinIndex(
                accounts.words.Lexemes("service"), gin_pending_list_limit=512, name="gateway_price_words"
            ),
        ),
    ]
