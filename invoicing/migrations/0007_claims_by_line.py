"""What new claims add to is looked up by their lines, each once, and not claim by claim: the same refusals, sooner."""

from importlib import import_module

from django.db import migrations

before = import_module("invoicing.migrations.0002_guards")

CLAIM_INSERT = """
CREATE OR REPLACE FUNCTION invoicing_claim_insert_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lines bigint[];
    documents bigint[];
    issued text;
BEGIN
    SELECT array_agg(line_id) INTO lines FROM (SELECT line_id FROM fresh WHERE line_id IS NOT NULL GROUP BY 1) l;
    SELECT array_agg(DISTINCT invoice_id) INTO documents FROM invoicing_invoiceline WHERE id = ANY(lines);
    PERFORM 1 FROM invoicing_invoice WHERE id = ANY(documents) ORDER BY id FOR SHARE;
    SELECT coalesce(number, external_id) INTO issued FROM invoicing_invoice
        WHERE id = ANY(documents) AND status <> 'draft' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'document % is issued: nothing can be added to what it bills', issued
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM fresh WHERE released_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a claim starts alive' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
"""


def _function(statement: str) -> str:
    """The function alone, to be put back over a later one."""
    return statement[: statement.index("CREATE TRIGGER")].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0006_document_guards"),
    ]

    operations = [
        migrations.RunSQL(CLAIM_INSERT, _function(before.CLAIM_INSERT)),
    ]
