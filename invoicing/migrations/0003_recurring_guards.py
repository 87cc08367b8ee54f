"""What the database refuses about recurring and single charges: what was billed of them stays as it was billed.

That goes for their ids, too: the explanation on the line names them.

A run locks the rows of the charges that it bills, and the claim is looked for under that lock: neither overlooks the
other.
"""

from django.db import migrations

WHEREABOUTS = """
CREATE FUNCTION invoicing_whereabouts(unit_kind text, unit_id bigint, unit_part text DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE c.outcome
        WHEN 'billed' THEN 'billed on ' || coalesce(i.number, 'draft ' || i.external_id)
        WHEN 'elsewhere' THEN 'billed elsewhere (' || c.reference || ')'
        ELSE 'settled as ' || c.outcome END || CASE WHEN c.part = '' THEN '' ELSE ' for ' || c.part END
    FROM invoicing_claim c LEFT JOIN invoicing_invoiceline l ON l.id = c.line_id
        LEFT JOIN invoicing_invoice i ON i.id = l.invoice_id
    WHERE c.kind = unit_kind AND c.source_id = unit_id AND (unit_part IS NULL OR c.part = unit_part)
        AND c.released_at IS NULL ORDER BY c.part DESC LIMIT 1
$$;
"""

# The days of a period that are charged while charge and contract are in force on `days`. Without proration that is a
# matter of the period's first day alone.
CHARGED_DAYS = """
CREATE FUNCTION invoicing_charged_days(prorate boolean, unit text, first date, days daterange) RETURNS daterange
LANGUAGE sql IMMUTABLE AS $$
    SELECT days * CASE WHEN prorate THEN daterange(first, (first + CASE unit
        WHEN 'monthly' THEN interval '1 month' WHEN 'quarterly' THEN interval '3 months' ELSE interval '1 year' END)::date)
        ELSE daterange(first, first, '[]') END
$$;
CREATE FUNCTION invoicing_days(first date, last date) RETURNS daterange LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN last < first THEN 'empty'::daterange ELSE daterange(first, last, '[]') END
$$;
"""

# Where a billed period would be charged for other days than it was: null when there is none.
MOVED = """
CREATE FUNCTION invoicing_moved_period(charge bigint, valid daterange, term daterange) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT invoicing_whereabouts('recurring', r.id, k.part)
    FROM contracts_recurringcharge r JOIN contracts_contract c ON c.id = r.contract_id
        JOIN invoicing_claim k ON k.kind = 'recurring' AND k.source_id = r.id AND k.released_at IS NULL
    WHERE r.id = charge
        AND invoicing_charged_days(r.prorate, r.interval, k.part::date, valid * term) IS DISTINCT FROM
            invoicing_charged_days(r.prorate, r.interval, k.part::date,
                invoicing_days(r.valid_from, r.valid_to) * invoicing_days(c.start_on, c.end_on))
    ORDER BY k.part DESC LIMIT 1
$$;
"""

RECURRING = """
CREATE FUNCTION invoicing_recurring_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_at text := invoicing_whereabouts('recurring', OLD.id);
BEGIN
    IF found_at IS NULL THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'recurring charge % is % and cannot be deleted: end it (valid_to)', OLD.external_id, found_at
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.external_id, NEW.contract_id, NEW.description, NEW.quantity, NEW.unit_price, NEW.valid_from, NEW.interval, NEW.timing,
        NEW.prorate) IS DISTINCT FROM
       (OLD.external_id, OLD.contract_id, OLD.description, OLD.quantity, OLD.unit_price, OLD.valid_from, OLD.interval, OLD.timing,
        OLD.prorate) THEN
        RAISE EXCEPTION 'recurring charge % is % and cannot be changed: end it (valid_to) and add a new one',
            OLD.external_id, found_at USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT invoicing_moved_period(OLD.id, invoicing_days(NEW.valid_from, NEW.valid_to),
        invoicing_days(c.start_on, c.end_on)) INTO found_at FROM contracts_contract c WHERE c.id = OLD.contract_id;
    IF found_at IS NOT NULL THEN
        RAISE EXCEPTION 'recurring charge % cannot end then: it is %', OLD.external_id, found_at
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_recurring_guard_delete BEFORE DELETE ON contracts_recurringcharge
    FOR EACH ROW EXECUTE FUNCTION invoicing_recurring_guard();
CREATE TRIGGER invoicing_recurring_guard_update BEFORE UPDATE ON contracts_recurringcharge
    FOR EACH ROW WHEN (NEW IS DISTINCT FROM OLD) EXECUTE FUNCTION invoicing_recurring_guard();
"""

# A contract that ends earlier or later changes what is charged of a period that was billed: neither may pass unseen.
TERM = """
CREATE FUNCTION invoicing_contract_term_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved record;
BEGIN
    SELECT r.external_id, w.found_at INTO moved FROM contracts_recurringcharge r CROSS JOIN LATERAL (
        SELECT invoicing_moved_period(r.id, invoicing_days(r.valid_from, r.valid_to),
            invoicing_days(NEW.start_on, NEW.end_on)) AS found_at) w
        WHERE r.contract_id = NEW.id AND w.found_at IS NOT NULL ORDER BY r.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'contract % cannot begin or end then: its recurring charge % is %', NEW.external_id,
            moved.external_id, moved.found_at USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_contract_term_guard BEFORE UPDATE OF start_on, end_on ON contracts_contract FOR EACH ROW
    WHEN ((NEW.start_on, NEW.end_on) IS DISTINCT FROM (OLD.start_on, OLD.end_on))
    EXECUTE FUNCTION invoicing_contract_term_guard();
"""

SINGLE = """
CREATE FUNCTION invoicing_charge_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_at text := invoicing_whereabouts('charge', OLD.id);
BEGIN
    IF found_at IS NOT NULL THEN
        RAISE EXCEPTION 'charge % is % and cannot be %', OLD.external_id, found_at,
            CASE TG_OP WHEN 'DELETE' THEN 'deleted' ELSE 'changed' END USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER invoicing_charge_guard_delete BEFORE DELETE ON contracts_clientcharge
    FOR EACH ROW EXECUTE FUNCTION invoicing_charge_guard();
CREATE TRIGGER invoicing_charge_guard_update BEFORE UPDATE ON contracts_clientcharge FOR EACH ROW
    WHEN ((NEW.external_id, NEW.client_id, NEW.charged_on, NEW.description, NEW.quantity, NEW.unit_price, NEW.tax_rate,
        NEW.goods) IS DISTINCT FROM
        (OLD.external_id, OLD.client_id, OLD.charged_on, OLD.description, OLD.quantity, OLD.unit_price, OLD.tax_rate,
        OLD.goods))
    EXECUTE FUNCTION invoicing_charge_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0002_guards"), ("contracts", "0002_guards")]

    operations = [
        migrations.RunSQL(WHEREABOUTS, "DROP FUNCTION invoicing_whereabouts(text, bigint, text)"),
        migrations.RunSQL(
            CHARGED_DAYS,
            "DROP FUNCTION invoicing_days(date, date);"
            "DROP FUNCTION invoicing_charged_days(boolean, text, date, daterange);",
        ),
        migrations.RunSQL(MOVED, "DROP FUNCTION invoicing_moved_period(bigint, daterange, daterange)"),
        migrations.RunSQL(
            RECURRING,
            "DROP TRIGGER invoicing_recurring_guard_update ON contracts_recurringcharge;"
            "DROP TRIGGER invoicing_recurring_guard_delete ON contracts_recurringcharge;"
            "DROP FUNCTION invoicing_recurring_guard();",
        ),
        migrations.RunSQL(
            TERM,
            "DROP TRIGGER invoicing_contract_term_guard ON contracts_contract;"
            "DROP FUNCTION invoicing_contract_term_guard();",
        ),
        migrations.RunSQL(
            SINGLE,
            "DROP TRIGGER invoicing_charge_guard_update ON contracts_clientcharge;"
            "DROP TRIGGER invoicing_charge_guard_delete ON contracts_clientcharge;"
            "DROP FUNCTION invoicing_charge_guard();",
        ),
    ]
