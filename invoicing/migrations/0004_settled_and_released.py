"""Which charges are settled follows their claims; an allowance is not given back while a claim rests on it.

The markers are worked out anew whenever their row is written, so that nobody can set them otherwise. Whoever changes
what they follow from - claims, the dates of a contract - writes the rows of the charges unchanged.
"""

from django.db import migrations

SINGLE = """
CREATE FUNCTION invoicing_charge_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.settled := EXISTS (
        SELECT FROM invoicing_claim WHERE kind = 'charge' AND source_id = NEW.id AND released_at IS NULL);
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_charge_settled_insert BEFORE INSERT ON contracts_clientcharge
    FOR EACH ROW WHEN (NEW.settled) EXECUTE FUNCTION invoicing_charge_settled();
CREATE TRIGGER invoicing_charge_settled_update BEFORE UPDATE ON contracts_clientcharge
    FOR EACH ROW EXECUTE FUNCTION invoicing_charge_settled();
"""
SINGLE_BACK = """
DROP TRIGGER invoicing_charge_settled_update ON contracts_clientcharge;
DROP TRIGGER invoicing_charge_settled_insert ON contracts_clientcharge;
DROP FUNCTION invoicing_charge_settled();
"""

# A charge without an end is never settled. The latest period is looked at first: as long as it is to come, it is the
# only one.
RECURRING = """
CREATE FUNCTION invoicing_recurring_is_settled(r contracts_recurringcharge) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    days daterange;
    months CONSTANT integer := CASE r.interval WHEN 'monthly' THEN 1 WHEN 'quarterly' THEN 3 ELSE 12 END;
    anchor CONSTANT date := CASE WHEN NOT r.prorate THEN r.valid_from ELSE date_trunc(
        CASE months WHEN 1 THEN 'month' WHEN 3 THEN 'quarter' ELSE 'year' END, r.valid_from::timestamp)::date END;
    last date;
BEGIN
    SELECT invoicing_days(r.valid_from, r.valid_to) * invoicing_days(c.start_on, c.end_on), least(r.valid_to, c.end_on)
        INTO days, last FROM contracts_contract c WHERE c.id = r.contract_id;
    IF last IS NULL THEN
        RETURN false;
    END IF;
    RETURN NOT EXISTS (
        SELECT FROM generate_series(
            ((extract(year FROM last) - extract(year FROM anchor)) * 12
                + extract(month FROM last) - extract(month FROM anchor))::integer / months, 0, -1) n
            CROSS JOIN LATERAL (SELECT (anchor + n * months * interval '1 month')::date AS first) p
        WHERE NOT isempty(invoicing_charged_days(r.prorate, r.interval, p.first, days)) AND NOT EXISTS (
            SELECT FROM invoicing_claim k WHERE k.kind = 'recurring' AND k.source_id = r.id
                AND k.part = to_char(p.first, 'YYYY-MM-DD') AND k.released_at IS NULL));
END $$;
CREATE FUNCTION invoicing_recurring_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.settled := invoicing_recurring_is_settled(NEW);
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_recurring_settled BEFORE INSERT OR UPDATE ON contracts_recurringcharge
    FOR EACH ROW EXECUTE FUNCTION invoicing_recurring_settled();
CREATE FUNCTION invoicing_contract_term_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE contracts_recurringcharge SET settled = settled WHERE contract_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER invoicing_contract_term_settled AFTER UPDATE OF start_on, end_on ON contracts_contract FOR EACH ROW
    WHEN ((NEW.start_on, NEW.end_on) IS DISTINCT FROM (OLD.start_on, OLD.end_on))
    EXECUTE FUNCTION invoicing_contract_term_settled();
"""
RECURRING_BACK = """
DROP TRIGGER invoicing_contract_term_settled ON contracts_contract;
DROP FUNCTION invoicing_contract_term_settled();
DROP TRIGGER invoicing_recurring_settled ON contracts_recurringcharge;
DROP FUNCTION invoicing_recurring_settled();
DROP FUNCTION invoicing_recurring_is_settled(contracts_recurringcharge);
"""

# One look at the rows that were written; of masses of other kinds that is all. Charges without an end are left alone:
# nothing about them changes.
CLAIMS = """
CREATE FUNCTION invoicing_claim_settles() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    single bigint[];
    recurring bigint[];
BEGIN
    SELECT array_agg(DISTINCT source_id) FILTER (WHERE kind = 'charge'),
        array_agg(DISTINCT source_id) FILTER (WHERE kind = 'recurring')
        INTO single, recurring FROM fresh WHERE kind IN ('charge', 'recurring');
    SELECT array_agg(r.id) INTO recurring
        FROM contracts_recurringcharge r JOIN contracts_contract c ON c.id = r.contract_id
        WHERE r.id = ANY(recurring) AND coalesce(r.valid_to, c.end_on) IS NOT NULL;
    IF recurring IS NOT NULL THEN
        PERFORM 1 FROM contracts_recurringcharge WHERE id = ANY(recurring) ORDER BY id FOR NO KEY UPDATE;
        UPDATE contracts_recurringcharge SET settled = settled WHERE id = ANY(recurring);
    END IF;
    IF single IS NOT NULL THEN
        PERFORM 1 FROM contracts_clientcharge WHERE id = ANY(single) ORDER BY id FOR NO KEY UPDATE;
        UPDATE contracts_clientcharge SET settled = settled WHERE id = ANY(single);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoicing_claim_settles_insert AFTER INSERT ON invoicing_claim
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION invoicing_claim_settles();
CREATE TRIGGER invoicing_claim_settles_update AFTER UPDATE ON invoicing_claim
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION invoicing_claim_settles();
"""
CLAIMS_BACK = """
DROP TRIGGER invoicing_claim_settles_update ON invoicing_claim;
DROP TRIGGER invoicing_claim_settles_insert ON invoicing_claim;
DROP FUNCTION invoicing_claim_settles();
"""

# What stood in the books before the markers.
BACKFILL = """
UPDATE contracts_recurringcharge SET settled = settled;
UPDATE contracts_clientcharge SET settled = settled WHERE id IN (
    SELECT source_id FROM invoicing_claim WHERE kind = 'charge' AND released_at IS NULL);
"""

# Claims are released first, then what of the allowances nothing rests on any more.
ALLOWANCE = """
CREATE FUNCTION invoicing_allocation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agreed text := (SELECT external_id FROM contracts_contract WHERE id = OLD.contract_id);
BEGIN
    IF OLD.released_at IS NOT NULL THEN
        RAISE EXCEPTION 'an allowance of contract % was given back already: that cannot be changed', agreed
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM invoicing_claim WHERE allocation_id = OLD.id AND released_at IS NULL) THEN
        RAISE EXCEPTION 'an allowance of contract % pays for claimed work: it is given back with the claim', agreed
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_allocation_guard BEFORE UPDATE OF released_at ON contracts_allocation FOR EACH ROW
    WHEN (NEW.released_at IS DISTINCT FROM OLD.released_at) EXECUTE FUNCTION invoicing_allocation_guard();
"""
ALLOWANCE_BACK = """
DROP TRIGGER invoicing_allocation_guard ON contracts_allocation; DROP FUNCTION invoicing_allocation_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0003_recurring_guards"), ("contracts", "0003_settled_charges")]

    operations = [
        migrations.RunSQL(SINGLE, SINGLE_BACK),
        migrations.RunSQL(RECURRING, RECURRING_BACK),
        migrations.RunSQL(CLAIMS, CLAIMS_BACK),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.RunSQL(ALLOWANCE, ALLOWANCE_BACK),
    ]
