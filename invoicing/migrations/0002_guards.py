"""What the database refuses about documents, claims and the audit trail, whoever asks.

Statement triggers with transition tables where masses are written; row triggers where single rows move.
"""

from django.db import migrations

INVOICE = """
CREATE FUNCTION invoicing_invoice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- All that may still change on an issued document. Everything else is what the recipient holds in hand.
    movable CONSTANT text[] := ARRAY['status', 'paid_cents'];
    moves CONSTANT jsonb := '{"draft": ["open", "discarded"], "open": ["paid", "void", "uncollectible"],
                              "uncollectible": ["paid", "void"]}';
    lines bigint;
    taxes bigint;
    base bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'document % cannot be deleted: discard a draft, cancel an issued document',
            coalesce(OLD.number, OLD.external_id) USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' OR NEW.number IS NOT NULL OR NEW.line_count <> 0 OR NEW.subtotal_cents <> 0
           OR NEW.paid_cents <> 0 THEN
            RAISE EXCEPTION 'a document starts as an empty draft' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status AND NOT coalesce(moves -> OLD.status ? NEW.status, false) THEN
        RAISE EXCEPTION 'document % is % and cannot become %', coalesce(OLD.number, OLD.external_id), OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status <> 'draft' THEN
        IF to_jsonb(NEW) - movable IS DISTINCT FROM to_jsonb(OLD) - movable THEN
            RAISE EXCEPTION 'document % is % and cannot be changed: cancel or credit it',
                coalesce(OLD.number, OLD.external_id), OLD.status USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.client_id <> OLD.client_id OR NEW.currency <> OLD.currency OR NEW.kind <> OLD.kind THEN
        RAISE EXCEPTION 'draft %: client, currency and kind are fixed', OLD.external_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.status = 'open' THEN
        SELECT coalesce(sum(amount_cents), 0) INTO lines FROM invoicing_invoiceline WHERE invoice_id = NEW.id;
        SELECT coalesce(sum(tax_cents), 0), coalesce(sum(taxable_cents), 0) INTO taxes, base
            FROM invoicing_taxline WHERE invoice_id = NEW.id;
        IF lines <> NEW.subtotal_cents OR taxes <> NEW.tax_cents OR base <> NEW.subtotal_cents - NEW.discount_cents THEN
            RAISE EXCEPTION 'document %: lines make %, tax base % and tax %, the document says %, % and %', NEW.number,
                lines, base, taxes, NEW.subtotal_cents, NEW.subtotal_cents - NEW.discount_cents, NEW.tax_cents
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_invoice_guard BEFORE INSERT OR UPDATE OR DELETE ON invoicing_invoice
    FOR EACH ROW EXECUTE FUNCTION invoicing_invoice_guard();
"""

# The document is locked before its state is read: a line can neither slip in while it is being issued nor after.
PARTS = """
CREATE FUNCTION invoicing_part_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
    issued text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT invoice_id) INTO touched FROM fresh;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT invoice_id) INTO touched FROM gone;
    ELSE
        SELECT array_agg(DISTINCT invoice_id) INTO touched
            FROM (SELECT invoice_id FROM fresh UNION SELECT invoice_id FROM gone) both_sides;
    END IF;
    PERFORM 1 FROM invoicing_invoice WHERE id = ANY(touched) ORDER BY id FOR SHARE;
    SELECT coalesce(number, external_id) INTO issued FROM invoicing_invoice
        WHERE id = ANY(touched) AND status <> 'draft' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'document % is issued: its % cannot be changed', issued, TG_ARGV[0]
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
"""
PART_TRIGGERS = "".join(
    f"""
CREATE TRIGGER {table}_guard_{verb.lower()} AFTER {verb} ON {table}
    REFERENCING {transitions} FOR EACH STATEMENT EXECUTE FUNCTION invoicing_part_guard('{what}');
"""
    for table, what in (("invoicing_invoiceline", "lines"), ("invoicing_taxline", "tax lines"))
    for verb, transitions in (
        ("INSERT", "NEW TABLE AS fresh"),
        ("UPDATE", "OLD TABLE AS gone NEW TABLE AS fresh"),
        ("DELETE", "OLD TABLE AS gone"),
    )
)
DROP_PART_TRIGGERS = "".join(
    f"DROP TRIGGER {table}_guard_{verb} ON {table};"
    for table in ("invoicing_invoiceline", "invoicing_taxline")
    for verb in ("insert", "update", "delete")
)

CLAIM = """
CREATE FUNCTION invoicing_claim_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    releasable CONSTANT text[] := ARRAY['released_at', 'released_by', 'release_reason', 'released_to_id'];
    document record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'claim % cannot be deleted, only released', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.released_at IS NOT NULL OR NEW.released_at IS NULL
       OR to_jsonb(NEW) - releasable IS DISTINCT FROM to_jsonb(OLD) - releasable THEN
        RAISE EXCEPTION 'claim % can only be released, once', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.line_id IS NOT NULL THEN
        -- Locked before its state is read, as for lines: it may be in the middle of being issued.
        SELECT i.id, i.number, i.status INTO document FROM invoicing_invoice i
            WHERE i.id = (SELECT invoice_id FROM invoicing_invoiceline WHERE id = OLD.line_id) FOR SHARE;
        IF document.status NOT IN ('draft', 'discarded') AND NOT EXISTS (
            SELECT 1 FROM invoicing_invoice WHERE id = NEW.released_to_id AND cancels_id = document.id
        ) THEN
            RAISE EXCEPTION 'what document % bills is released only to its cancellation or credit note', document.number
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_claim_guard BEFORE UPDATE OR DELETE ON invoicing_claim
    FOR EACH ROW EXECUTE FUNCTION invoicing_claim_guard();
"""

# A claim is made while its document is a draft; nothing is added to what an issued document bills.
CLAIM_INSERT = """
CREATE FUNCTION invoicing_claim_insert_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    issued text;
BEGIN
    PERFORM 1 FROM invoicing_invoice WHERE id IN (
        SELECT l.invoice_id FROM fresh c JOIN invoicing_invoiceline l ON l.id = c.line_id) ORDER BY id FOR SHARE;
    SELECT coalesce(i.number, i.external_id) INTO issued FROM fresh c
        JOIN invoicing_invoiceline l ON l.id = c.line_id JOIN invoicing_invoice i ON i.id = l.invoice_id
        WHERE i.status <> 'draft' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'document % is issued: nothing can be added to what it bills', issued
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM fresh WHERE released_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a claim starts alive' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoicing_claim_insert_guard AFTER INSERT ON invoicing_claim
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION invoicing_claim_insert_guard();
"""

AUDIT = """
CREATE FUNCTION invoicing_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER invoicing_audit_guard BEFORE UPDATE OR DELETE ON invoicing_auditentry
    FOR EACH ROW EXECUTE FUNCTION invoicing_audit_guard();
"""

SERIES = """
CREATE FUNCTION invoicing_series_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.last < OLD.last OR NEW.name <> OLD.name THEN
        RAISE EXCEPTION 'number series % only counts up', OLD.name USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_series_guard BEFORE UPDATE OR DELETE ON invoicing_numberseries
    FOR EACH ROW EXECUTE FUNCTION invoicing_series_guard();
"""

# The currency of a client is fixed with its first line.
CURRENCY = """
CREATE FUNCTION invoicing_client_currency_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoicing_invoice WHERE client_id = OLD.id AND line_count > 0) THEN
        RAISE EXCEPTION 'client %: the currency is fixed, documents in % exist', OLD.external_id, OLD.currency
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_client_currency_guard BEFORE UPDATE OF currency ON contracts_client
    FOR EACH ROW WHEN (NEW.currency <> OLD.currency) EXECUTE FUNCTION invoicing_client_currency_guard();
"""


def _drop(trigger: str, table: str) -> str:
    return f"DROP TRIGGER {trigger} ON {table}; DROP FUNCTION {trigger}();"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0001_initial")]

    operations = [
        migrations.RunSQL(INVOICE, _drop("invoicing_invoice_guard", "invoicing_invoice")),
        migrations.RunSQL(PARTS + PART_TRIGGERS, DROP_PART_TRIGGERS + "DROP FUNCTION invoicing_part_guard();"),
        migrations.RunSQL(CLAIM, _drop("invoicing_claim_guard", "invoicing_claim")),
        migrations.RunSQL(CLAIM_INSERT, _drop("invoicing_claim_insert_guard", "invoicing_claim")),
        migrations.RunSQL(AUDIT, _drop("invoicing_audit_guard", "invoicing_auditentry")),
        migrations.RunSQL(SERIES, _drop("invoicing_series_guard", "invoicing_numberseries")),
        migrations.RunSQL(CURRENCY, _drop("invoicing_client_currency_guard", "contracts_client")),
    ]
