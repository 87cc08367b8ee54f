"""What the database refuses about payments, corrections, discounts and files; and what it keeps by itself.

`paid_cents` and `credited_cents` follow from payments and corrections by triggers: no code can forget them, and no
statement can set them to anything else.
"""

from importlib import import_module

from django.db import migrations

before = import_module("invoicing.migrations.0002_guards")

INVOICE = """
CREATE OR REPLACE FUNCTION invoicing_invoice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- All that may still change on an issued document. Everything else is what the recipient holds in hand.
    movable CONSTANT text[] := ARRAY['status', 'paid_cents', 'credited_cents', 'rendered_at'];
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
           OR NEW.paid_cents <> 0 OR NEW.credited_cents <> 0 OR NEW.rendered_at IS NOT NULL THEN
            RAISE EXCEPTION 'a document starts as an empty draft' USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.cancels_id IS NOT NULL AND EXISTS (SELECT 1 FROM invoicing_invoice f WHERE f.id = NEW.cancels_id AND (
            f.status IN ('draft', 'discarded') OR f.cancels_id IS NOT NULL OR f.client_id <> NEW.client_id
            OR f.currency <> NEW.currency)) THEN
            RAISE EXCEPTION 'a correction takes back an issued document of the same client and currency'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status AND NOT coalesce(moves -> OLD.status ? NEW.status, false) THEN
        RAISE EXCEPTION 'document % is % and cannot become %', coalesce(OLD.number, OLD.external_id), OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.paid_cents <> OLD.paid_cents AND NEW.paid_cents <> coalesce(
            (SELECT sum(amount_cents) FROM invoicing_payment WHERE invoice_id = NEW.id), 0))
       OR (NEW.credited_cents <> OLD.credited_cents AND NEW.credited_cents <> coalesce(
            (SELECT -sum(total_cents) FROM invoicing_invoice c WHERE c.cancels_id = NEW.id
             AND c.status NOT IN ('draft', 'discarded')), 0)) THEN
        RAISE EXCEPTION 'document %: what was paid and credited cannot be changed, it follows from payments and corrections',
            coalesce(OLD.number, OLD.external_id) USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.rendered_at IS DISTINCT FROM OLD.rendered_at AND (OLD.rendered_at IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM invoicing_storedfile WHERE invoice_id = NEW.id AND format = 'pdf')) THEN
        RAISE EXCEPTION 'document %: when its files were stored cannot be changed, and not be said before they are',
            coalesce(OLD.number, OLD.external_id) USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status <> 'draft' THEN
        IF to_jsonb(NEW) - movable IS DISTINCT FROM to_jsonb(OLD) - movable THEN
            RAISE EXCEPTION 'document % is % and cannot be changed: cancel or credit it',
                coalesce(OLD.number, OLD.external_id), OLD.status USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.status = 'paid' AND OLD.status <> 'paid' AND NEW.cancels_id IS NULL
           AND NEW.paid_cents + NEW.credited_cents < NEW.total_cents THEN
            RAISE EXCEPTION 'document % cannot become paid: % of % are missing', OLD.number,
                NEW.total_cents - NEW.paid_cents - NEW.credited_cents, NEW.total_cents
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.status = 'void' AND OLD.status <> 'void' AND NOT EXISTS (
            SELECT 1 FROM invoicing_invoice c WHERE c.cancels_id = NEW.id AND c.kind = 'cancellation'
            AND c.status NOT IN ('draft', 'discarded')) THEN
            RAISE EXCEPTION 'document % cannot become void without its cancellation', OLD.number
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.client_id <> OLD.client_id OR NEW.currency <> OLD.currency OR NEW.kind <> OLD.kind
       OR NEW.cancels_id IS DISTINCT FROM OLD.cancels_id THEN
        RAISE EXCEPTION 'draft %: client, currency, kind and what it corrects are fixed', OLD.external_id
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
        IF NEW.cancels_id IS NOT NULL THEN
            PERFORM invoicing_check_correction(NEW);
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""

# Every line takes back one line of the first document, whole; together the corrections never exceed it. The first is
# locked, so that two corrections, or a correction and a payment, cannot overlook each other.
CORRECTION = """
CREATE FUNCTION invoicing_check_correction(correction invoicing_invoice) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first invoicing_invoice%ROWTYPE;
    others bigint;
BEGIN
    SELECT * INTO first FROM invoicing_invoice WHERE id = correction.cancels_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM invoicing_invoiceline l LEFT JOIN invoicing_invoiceline f ON f.id = l.corrects_id
        WHERE l.invoice_id = correction.id
            AND (f.invoice_id IS DISTINCT FROM first.id OR l.amount_cents <> -f.amount_cents)) THEN
        RAISE EXCEPTION 'document % takes back lines that are not those of %', correction.number, first.number
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT coalesce(-sum(total_cents), 0) INTO others FROM invoicing_invoice
        WHERE cancels_id = first.id AND id <> correction.id AND status NOT IN ('draft', 'discarded');
    IF abs(others - correction.total_cents) > abs(first.total_cents)
       OR (correction.kind = 'cancellation' AND (correction.total_cents <> -first.total_cents
           OR correction.tax_cents <> -first.tax_cents OR first.paid_cents <> 0 OR others <> 0
           OR first.status NOT IN ('open', 'uncollectible'))) THEN
        RAISE EXCEPTION 'document % takes back more than there is on %', correction.number, first.number
            USING ERRCODE = 'check_violation';
    END IF;
END $$;
"""

# Kept by the database, so that it cannot be forgotten.
FOLLOW = """
CREATE FUNCTION invoicing_follow_correction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE invoicing_invoice SET credited_cents = coalesce((
        SELECT -sum(total_cents) FROM invoicing_invoice c WHERE c.cancels_id = NEW.cancels_id
        AND c.status NOT IN ('draft', 'discarded')), 0) WHERE id = NEW.cancels_id;
    RETURN NULL;
END $$;
CREATE TRIGGER invoicing_follow_correction AFTER UPDATE OF status ON invoicing_invoice FOR EACH ROW
    WHEN (NEW.cancels_id IS NOT NULL AND OLD.status = 'draft' AND NEW.status = 'open')
    EXECUTE FUNCTION invoicing_follow_correction();
CREATE FUNCTION invoicing_follow_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    document invoicing_invoice%ROWTYPE;
BEGIN
    SELECT * INTO document FROM invoicing_invoice WHERE id = NEW.invoice_id FOR NO KEY UPDATE;
    IF document.status NOT IN ('open', 'paid', 'uncollectible') OR document.cancels_id IS NOT NULL THEN
        RAISE EXCEPTION 'document % is % and takes no payment', coalesce(document.number, document.external_id),
            document.status USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE invoicing_invoice SET paid_cents = coalesce(
        (SELECT sum(amount_cents) FROM invoicing_payment WHERE invoice_id = NEW.invoice_id), 0) WHERE id = NEW.invoice_id;
    RETURN NULL;
END $$;
CREATE TRIGGER invoicing_follow_payment AFTER INSERT ON invoicing_payment FOR EACH ROW
    EXECUTE FUNCTION invoicing_follow_payment();
"""

CLAIM = """
CREATE OR REPLACE FUNCTION invoicing_claim_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
            SELECT 1 FROM invoicing_invoice c JOIN invoicing_invoiceline l ON l.invoice_id = c.id
            WHERE c.id = NEW.released_to_id AND c.cancels_id = document.id AND l.corrects_id = OLD.line_id
                AND c.status NOT IN ('draft', 'discarded')
        ) THEN
            RAISE EXCEPTION 'what document % bills is released only to its cancellation or credit note', document.number
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""

# What is only ever added.
APPEND_ONLY = """
CREATE FUNCTION invoicing_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% cannot be changed or deleted', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER invoicing_payment_guard BEFORE UPDATE OR DELETE ON invoicing_payment
    FOR EACH ROW EXECUTE FUNCTION invoicing_append_only('a payment');
CREATE TRIGGER invoicing_storedfile_guard BEFORE UPDATE OR DELETE ON invoicing_storedfile
    FOR EACH ROW EXECUTE FUNCTION invoicing_append_only('a stored file');
CREATE TRIGGER invoicing_vatcheck_guard BEFORE UPDATE OR DELETE ON invoicing_vatcheck
    FOR EACH ROW EXECUTE FUNCTION invoicing_append_only('an answer of the VAT register');
CREATE TRIGGER invoicing_mail_guard BEFORE DELETE ON invoicing_mail
    FOR EACH ROW EXECUTE FUNCTION invoicing_append_only('a message of the outbox');
"""
APPEND_ONLY_BACK = """
DROP TRIGGER invoicing_mail_guard ON invoicing_mail;
DROP TRIGGER invoicing_vatcheck_guard ON invoicing_vatcheck;
DROP TRIGGER invoicing_storedfile_guard ON invoicing_storedfile;
DROP TRIGGER invoicing_payment_guard ON invoicing_payment;
DROP FUNCTION invoicing_append_only();
"""

DISCOUNTS = """
CREATE FUNCTION invoicing_discount_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    used_on text;
BEGIN
    SELECT coalesce(i.number, i.external_id) INTO used_on FROM invoicing_discountuse u
        JOIN invoicing_invoice i ON i.id = u.invoice_id WHERE u.discount_id = OLD.id ORDER BY u.released_at DESC NULLS FIRST
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'discount % was used on % and cannot be %', OLD.external_id, used_on,
            CASE TG_OP WHEN 'DELETE' THEN 'deleted' ELSE 'changed' END USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER invoicing_discount_guard_delete BEFORE DELETE ON invoicing_discount
    FOR EACH ROW EXECUTE FUNCTION invoicing_discount_guard();
CREATE TRIGGER invoicing_discount_guard_update BEFORE UPDATE ON invoicing_discount FOR EACH ROW
    WHEN (NEW IS DISTINCT FROM OLD) EXECUTE FUNCTION invoicing_discount_guard();
CREATE FUNCTION invoicing_discountuse_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.released_at IS NOT NULL OR NEW.released_at IS NULL
       OR to_jsonb(NEW) - 'released_at' IS DISTINCT FROM to_jsonb(OLD) - 'released_at'
       OR NOT EXISTS (SELECT 1 FROM invoicing_invoice c WHERE c.cancels_id = OLD.invoice_id
                      AND c.kind = 'cancellation' AND c.status NOT IN ('draft', 'discarded')) THEN
        RAISE EXCEPTION 'the use of a discount is released only by cancelling its document'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_discountuse_guard BEFORE UPDATE OR DELETE ON invoicing_discountuse
    FOR EACH ROW EXECUTE FUNCTION invoicing_discountuse_guard();
CREATE FUNCTION invoicing_discountuse_insert_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.released_at IS NOT NULL OR EXISTS (
        SELECT 1 FROM invoicing_invoice WHERE id = NEW.invoice_id AND status <> 'draft') THEN
        RAISE EXCEPTION 'a discount is used while its document is issued, not after' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_discountuse_insert_guard BEFORE INSERT ON invoicing_discountuse
    FOR EACH ROW EXECUTE FUNCTION invoicing_discountuse_insert_guard();
"""
DISCOUNTS_BACK = """
DROP TRIGGER invoicing_discountuse_insert_guard ON invoicing_discountuse;
DROP FUNCTION invoicing_discountuse_insert_guard();
DROP TRIGGER invoicing_discountuse_guard ON invoicing_discountuse;
DROP FUNCTION invoicing_discountuse_guard();
DROP TRIGGER invoicing_discount_guard_update ON invoicing_discount;
DROP TRIGGER invoicing_discount_guard_delete ON invoicing_discount;
DROP FUNCTION invoicing_discount_guard();
"""


def _former(statement: str) -> str:
    """The function as it was, without its trigger, which stays."""
    function = statement[: statement.index("CREATE TRIGGER")]
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0005_documents")]

    operations = [
        migrations.RunSQL(CORRECTION, "DROP FUNCTION invoicing_check_correction(invoicing_invoice)"),
        migrations.RunSQL(INVOICE, _former(before.INVOICE)),
        migrations.RunSQL(
            FOLLOW,
            "DROP TRIGGER invoicing_follow_payment ON invoicing_payment; DROP FUNCTION invoicing_follow_payment();"
            "DROP TRIGGER invoicing_follow_correction ON invoicing_invoice; DROP FUNCTION invoicing_follow_correction();",
        ),
        migrations.RunSQL(CLAIM, _former(before.CLAIM)),
        migrations.RunSQL(APPEND_ONLY, APPEND_ONLY_BACK),
        migrations.RunSQL(DISCOUNTS, DISCOUNTS_BACK),
    ]
