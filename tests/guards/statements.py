"""Every way of asking the database to change what was issued, in plain SQL."""

from __future__ import annotations

# {invoice}, {line}, {tax}, {claim}, {allocation} are of an issued document, {draft}, {draft_line} of a draft beside it.
STATEMENTS = {
    "back to draft": """
        UPDATE invoicing_invoice SET status = 'draft', number = NULL, issue_on = NULL WHERE id = {invoice}
    """,
    "discarded": "UPDATE invoicing_invoice SET status = 'discarded' WHERE id = {invoice}",
    "delete": "DELETE FROM invoicing_invoice WHERE id = {invoice}",
    "delete everything": "DELETE FROM invoicing_invoice",
    "delete in a query": "WITH gone AS (DELETE FROM invoicing_invoice RETURNING id) SELECT count(*) FROM gone",
    "delete the parts first": """
        DELETE FROM invoicing_claim; DELETE FROM invoicing_invoiceline; DELETE FROM invoicing_invoice
    """,
    "update by a join": """
        UPDATE invoicing_invoice i SET total_cents = 1, subtotal_cents = 1, tax_cents = 0 FROM contracts_client c
        WHERE c.id = i.client_id
    """,
    "update in a query": """
        WITH u AS (UPDATE invoicing_invoice SET number = 'X' WHERE id = {invoice} RETURNING 1) SELECT 1
    """,
    "upsert": """
        INSERT INTO invoicing_invoice SELECT * FROM invoicing_invoice WHERE id = {invoice} ON CONFLICT (id) DO
        UPDATE SET number = 'FORGED'
    """,
    "upsert by number": """
        INSERT INTO invoicing_invoice SELECT * FROM invoicing_invoice WHERE id = {invoice} ON CONFLICT (number) DO
        UPDATE SET total_cents = 0, subtotal_cents = 0, tax_cents = 0, discount_cents = 0
    """,
    "merge update": """
        MERGE INTO invoicing_invoice i USING (SELECT {invoice} AS id) s ON i.id = s.id WHEN MATCHED THEN UPDATE SET
        due_on = due_on + 365
    """,
    "merge delete": """
        MERGE INTO invoicing_invoice i USING (SELECT {invoice} AS id) s ON i.id = s.id WHEN MATCHED THEN DELETE
    """,
    "insert an issued row": """
        INSERT INTO invoicing_invoice (external_id, kind, number, status, client_id, currency, collects, issue_on,
        due_on, created_at, issued_at, issued_by, subtotal_cents, discount_cents, tax_cents, total_cents,
        paid_cents, line_count, seller, buyer) SELECT 'forged', kind, 'INV-2026-99999', status, client_id, currency,
        collects, issue_on, due_on, created_at, issued_at, issued_by, subtotal_cents, discount_cents, tax_cents,
        total_cents, paid_cents, line_count, seller, buyer FROM invoicing_invoice WHERE id = {invoice}
    """,
    "insert a line": """
        INSERT INTO invoicing_invoiceline (invoice_id, position, kind, description, quantity, unit, unit_price,
        price_per, amount_cents, goods, tax_category, explanation) VALUES ({invoice}, 99, 'charge', 'forged', 1, '',
        1, 1, 0, false, '', '{{}}')
    """,
    "delete a line": "DELETE FROM invoicing_invoiceline WHERE id = {line}",
    "delete a line that nothing claims": """
        UPDATE invoicing_claim SET line_id = NULL WHERE line_id = {line};
        DELETE FROM invoicing_invoiceline WHERE id = {line}
    """,
    "move a line away": "UPDATE invoicing_invoiceline SET invoice_id = {draft}, position = 99 WHERE id = {line}",
    "move a line in": "UPDATE invoicing_invoiceline SET invoice_id = {invoice}, position = 99 WHERE id = {draft_line}",
    "swap lines": """
        UPDATE invoicing_invoiceline SET invoice_id = {draft} + {invoice} - invoice_id, position = position + 50
        WHERE id IN ({line}, {draft_line})
    """,
    "upsert a line": """
        INSERT INTO invoicing_invoiceline SELECT * FROM invoicing_invoiceline WHERE id = {line} ON CONFLICT (id) DO
        UPDATE SET amount_cents = 0
    """,
    "merge a line": """
        MERGE INTO invoicing_invoiceline l USING (SELECT {line} AS id) s ON l.id = s.id WHEN MATCHED THEN UPDATE SET
        description = 'forged'
    """,
    "merge a line away": """
        MERGE INTO invoicing_invoiceline l USING (SELECT {line} AS id) s ON l.id = s.id WHEN MATCHED THEN DELETE
    """,
    "insert a tax line": """
        INSERT INTO invoicing_taxline (invoice_id, category, rate, taxable_cents, tax_cents, reason) VALUES
        ({invoice}, 'S', 7, 0, 0, '')
    """,
    "delete a tax line": "DELETE FROM invoicing_taxline WHERE id = {tax}",
    "upsert a tax line": """
        INSERT INTO invoicing_taxline SELECT * FROM invoicing_taxline WHERE id = {tax} ON CONFLICT (id) DO UPDATE
        SET tax_cents = 0
    """,
    "delete a claim": "DELETE FROM invoicing_claim WHERE id = {claim}",
    "release a claim": "UPDATE invoicing_claim SET released_at = now(), released_by = 'eve' WHERE id = {claim}",
    "release a claim to a draft": """
        UPDATE invoicing_claim SET released_at = now(), released_to_id = {draft} WHERE id = {claim}
    """,
    "release a claim to its own document": """
        UPDATE invoicing_claim SET released_at = now(), released_to_id = {invoice} WHERE id = {claim}
    """,
    "merge a claim": """
        MERGE INTO invoicing_claim c USING (SELECT {claim} AS id) s ON c.id = s.id WHEN MATCHED THEN UPDATE SET
        released_at = now()
    """,
    "upsert a claim": """
        INSERT INTO invoicing_claim SELECT * FROM invoicing_claim WHERE id = {claim} ON CONFLICT (id) DO UPDATE SET
        released_at = now()
    """,
    "claim more on an issued line": """
        INSERT INTO invoicing_claim (kind, source_id, part, outcome, line_id, reference, claimed_at, released_by,
        release_reason) VALUES ('expense', 999999, '', 'billed', {line}, '', now(), '', '')
    """,
    "claim what is claimed": """
        INSERT INTO invoicing_claim (kind, source_id, part, outcome, line_id, reference, claimed_at, released_by,
        release_reason) SELECT kind, source_id, part, outcome, {draft_line}, '', now(), '', '' FROM invoicing_claim
        WHERE id = {claim}
    """,
    "claim as released": """
        INSERT INTO invoicing_claim (kind, source_id, part, outcome, reference, claimed_at, released_at,
        released_by, release_reason) VALUES ('expense', 999998, '', 'free', '', now(), now(), '', '')
    """,
    "delete an allocation": "DELETE FROM contracts_allocation WHERE id = {allocation}",
    "give an allowance back": "UPDATE contracts_allocation SET released_at = now() WHERE id = {allocation}",
    "merge an allowance back": """
        MERGE INTO contracts_allocation a USING (SELECT {allocation} AS id) s ON a.id = s.id WHEN MATCHED THEN UPDATE
        SET released_at = now()
    """,
    "change the audit": "UPDATE invoicing_auditentry SET by = 'nobody'",
    "delete the audit": "DELETE FROM invoicing_auditentry",
    "upsert the audit": """
        INSERT INTO invoicing_auditentry SELECT * FROM invoicing_auditentry ON CONFLICT (id) DO UPDATE SET by =
        'nobody'
    """,
    "count back": "UPDATE invoicing_numberseries SET last = last - 1",
    "rename a series": "UPDATE invoicing_numberseries SET name = 'X-' || name",
    "forget a series": "DELETE FROM invoicing_numberseries",
    "delete the client": "DELETE FROM contracts_client WHERE id = {client}",
    "delete the ticket": "DELETE FROM tickets_timeentry; DELETE FROM tickets_expense; DELETE FROM tickets_ticket",
    "delete the work": "DELETE FROM tickets_timeentry",
    "the client's currency": "UPDATE contracts_client SET currency = 'USD' WHERE id = {client}",
    "truncate": "TRUNCATE invoicing_invoice CASCADE",
    "truncate lines": "TRUNCATE invoicing_invoiceline CASCADE",
    "truncate claims": "TRUNCATE invoicing_claim",
    "truncate the audit": "TRUNCATE invoicing_auditentry",
    "disable a trigger": "ALTER TABLE invoicing_invoice DISABLE TRIGGER invoicing_invoice_guard",
    "disable all triggers": "ALTER TABLE invoicing_invoiceline DISABLE TRIGGER ALL",
    "disable the user's triggers": "ALTER TABLE invoicing_claim DISABLE TRIGGER USER",
    "drop a trigger": "DROP TRIGGER invoicing_invoice_guard ON invoicing_invoice",
    "drop a trigger's function": "DROP FUNCTION invoicing_invoice_guard() CASCADE",
    "replace a trigger's function": """
        CREATE OR REPLACE FUNCTION public.invoicing_invoice_guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
        RETURN NEW; END'
    """,
    "a trigger of one's own": """
        CREATE TRIGGER aaa BEFORE UPDATE ON invoicing_invoice FOR EACH ROW EXECUTE FUNCTION invoicing_audit_guard()
    """,
    "a rule of one's own": "CREATE RULE aaa AS ON UPDATE TO invoicing_invoice DO INSTEAD NOTHING",
    "drop a constraint": "ALTER TABLE invoicing_claim DROP CONSTRAINT invoicing_claim_outcome_known",
    "drop the unique key": "DROP INDEX invoicing_claim_once",
    "drop the table": "DROP TABLE invoicing_invoice CASCADE",
    "rename the table": "ALTER TABLE invoicing_invoice RENAME TO old_invoices",
    "change a column": "ALTER TABLE invoicing_invoice ALTER COLUMN total_cents TYPE int",
    "take the table": "ALTER TABLE invoicing_invoice OWNER TO CURRENT_USER",
    "replica mode": "SET session_replication_role = replica",
    "replica mode by function": "SELECT set_config('session_replication_role', 'replica', true)",
    "replica mode for later": "ALTER ROLE CURRENT_USER SET session_replication_role = replica",
    "be the owner": "SET ROLE billing_owner",
    "be the owner's session": "SET SESSION AUTHORIZATION billing_owner",
    "a table of one's own": "CREATE TABLE public.mine ()",
    "a schema of one's own": "CREATE SCHEMA mine",
    "change the catalogue": "UPDATE pg_catalog.pg_trigger SET tgenabled = 'D'",
    "mark a migration as done": "INSERT INTO django_migrations (app, name, applied) VALUES ('invoicing', 'x', now())",
}
