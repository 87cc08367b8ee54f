"""What the database refuses about companies' usage, services and months, and how late usage is noticed.

Writers of calls and cases share a lock on the partners of the company, and the run of a partner's month takes it alone:
what an open import has written is either seen by the run, or finds the month closed and is noted as late.
"""

from django.db import migrations

PRICES_NEVER_OVERLAP = """
ALTER TABLE gateway_billing_serviceprice ADD CONSTRAINT gateway_price_no_overlap EXCLUDE USING gist (
    int8range(company_id, company_id, '[]') WITH &&,
    -- gist has no equality for text without an extension; a range of one 64-bit hash stands in for it
    int8range(hashtextextended(service, 0), hashtextextended(service, 0), '[]') WITH &&,
    daterange(valid_from, valid_to, '[]') WITH &&
) DEFERRABLE INITIALLY IMMEDIATE;
"""

CATEGORY_KEY = """
ALTER TABLE gateway_billing_casecategory ADD CONSTRAINT gateway_category_output_of_company
    FOREIGN KEY (output_configuration_id, company_id) REFERENCES gateway_billing_outputconfiguration (id, company_id)
    DEFERRABLE INITIALLY DEFERRED;
"""

# The first key of the advisory lock; the second one is the partner.
LOCK = """
CREATE FUNCTION gateway_share_partners(companies bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(27262, p.partner_id::int) FROM (
        SELECT DISTINCT partner_id FROM contracts_management WHERE company_id = ANY(companies) ORDER BY partner_id) p;
END $$;
"""

# `u` is a unit with its moment; it is late where the partner of its day has closed the month of that day.
LATE = """
CREATE FUNCTION gateway_note_late(unit_kind text, ids bigint[], companies bigint[], moments timestamptz[]) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM gateway_billing_lateunit WHERE kind = unit_kind AND source_id = ANY(ids);
    INSERT INTO gateway_billing_lateunit (kind, source_id, partner_id, company_id, month, recorded_at)
    SELECT unit_kind, u.id, r.partner_id, u.company_id, r.period_start, clock_timestamp()
    FROM unnest(ids, companies, moments) u(id, company_id, moment)
        JOIN contracts_management m ON m.company_id = u.company_id
        JOIN gateway_billing_monthrun r ON r.partner_id = m.partner_id AND r.reopened_at IS NULL
        CROSS JOIN LATERAL (SELECT (u.moment AT TIME ZONE r.timezone)::date AS day) d
    WHERE u.moment IS NOT NULL AND d.day >= r.period_start AND d.day < r.period_end
        AND d.day >= coalesce(m.first_day, '-infinity') AND d.day <= coalesce(m.last_day, 'infinity')
        AND NOT EXISTS (SELECT 1 FROM invoicing_claim c WHERE c.kind = unit_kind AND c.source_id = u.id AND c.part = ''
                        AND c.released_at IS NULL);
$$;
"""

# Usage of months that nobody has closed yet, which is nearly all there is, costs one look at the closed ones.
NOTE = """
CREATE FUNCTION gateway_{name}_note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    companies bigint[];
    earliest timestamptz;
BEGIN
    SELECT array_agg(DISTINCT company_id), min({moment}) INTO companies, earliest FROM fresh;
    PERFORM gateway_share_partners(companies);
    {refusals}
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT 1 FROM gateway_billing_monthrun r JOIN contracts_management m ON m.partner_id = r.partner_id
        WHERE m.company_id = ANY(companies) AND r.reopened_at IS NULL
            AND r.period_end >= (earliest - interval '1 day')::date) THEN
        RETURN NULL;
    END IF;
    PERFORM gateway_note_late('{kind}', array_agg(id), array_agg(company_id),
        array_agg(CASE WHEN {billable} THEN {moment} END)) FROM fresh;
    RETURN NULL;
END $$;
CREATE TRIGGER gateway_{name}_note_insert AFTER INSERT ON gateway_billing_{name}
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION gateway_{name}_note();
CREATE TRIGGER gateway_{name}_note_update AFTER UPDATE ON gateway_billing_{name}
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION gateway_{name}_note();
"""
CALL_NOTE = NOTE.format(
    name="call", kind="call", moment="started_at", billable="status IN ('completed', 'ended')", refusals=""
)
CASE_REFUSALS = """
    IF TG_OP = 'INSERT' AND EXISTS (SELECT 1 FROM fresh WHERE waived_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a service case starts unbilled' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM fresh f JOIN gateway_billing_casecategory g ON g.id = f.category_id
               WHERE g.company_id <> f.company_id) THEN
        RAISE EXCEPTION 'service case: its category is that of another company' USING ERRCODE = 'check_violation';
    END IF;
"""
CASE_NOTE = NOTE.format(
    name="servicecase", kind="service_case", moment="output_sent_at",
    billable="output_status = 'sent' AND is_billable AND waived_at IS NULL", refusals=CASE_REFUSALS,
)  # fmt: skip


# A company that is moved to a partner for days of a closed month brings along what it used then.
MANAGED = """
CREATE FUNCTION gateway_managed_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gateway_share_partners(ARRAY[NEW.company_id]);
    PERFORM gateway_note_late('call', array_agg(k.id), array_agg(k.company_id), array_agg(k.started_at))
        FROM gateway_billing_monthrun r JOIN gateway_billing_call k ON k.company_id = NEW.company_id
            AND k.started_at >= r.period_start::timestamp AT TIME ZONE r.timezone
            AND k.started_at < r.period_end::timestamp AT TIME ZONE r.timezone AND k.status IN ('completed', 'ended')
        WHERE r.partner_id = NEW.partner_id AND r.reopened_at IS NULL;
    PERFORM gateway_note_late('service_case', array_agg(s.id), array_agg(s.company_id), array_agg(s.output_sent_at))
        FROM gateway_billing_monthrun r JOIN gateway_billing_servicecase s ON s.company_id = NEW.company_id
            AND s.output_sent_at >= r.period_start::timestamp AT TIME ZONE r.timezone
            AND s.output_sent_at < r.period_end::timestamp AT TIME ZONE r.timezone
            AND s.is_billable AND s.waived_at IS NULL
        WHERE r.partner_id = NEW.partner_id AND r.reopened_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER gateway_managed_note AFTER INSERT OR UPDATE ON contracts_management
    FOR EACH ROW EXECUTE FUNCTION gateway_managed_note();
"""


def _drop_note(name: str) -> str:
    return (
        f"DROP TRIGGER gateway_{name}_note_insert ON gateway_billing_{name};"
        f"DROP TRIGGER gateway_{name}_note_update ON gateway_billing_{name};"
        f"DROP FUNCTION gateway_{name}_note();"
    )


# The lock comes before the look at the claim: a run that is claiming the row is waited for.
UNIT_GUARD = """
CREATE FUNCTION gateway_{name}_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_at text;
BEGIN
    PERFORM gateway_share_partners(ARRAY[OLD.company_id]);
    found_at := invoicing_whereabouts('{kind}', OLD.id);
    IF found_at IS NOT NULL THEN
        RAISE EXCEPTION '{label} % is % and cannot be %', OLD.external_id, found_at,
            CASE TG_OP WHEN 'DELETE' THEN 'deleted' ELSE '{changed}' END USING ERRCODE = 'restrict_violation';
    END IF;
    {more}
    IF TG_OP = 'DELETE' THEN
        {gone}
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gateway_{name}_guard_delete BEFORE DELETE ON gateway_billing_{name}
    FOR EACH ROW EXECUTE FUNCTION gateway_{name}_guard();
CREATE TRIGGER gateway_{name}_guard_update BEFORE UPDATE ON gateway_billing_{name} FOR EACH ROW
    WHEN (({new}) IS DISTINCT FROM ({old})) EXECUTE FUNCTION gateway_{name}_guard();
"""
# A waived case stays waived: there is no way back that nobody would notice.
WAIVED_STAYS = """
    IF TG_OP = 'UPDATE' AND OLD.waived_at IS NOT NULL AND (NEW.waived_at, NEW.waived_by, NEW.waive_reason)
       IS DISTINCT FROM (OLD.waived_at, OLD.waived_by, OLD.waive_reason) THEN
        RAISE EXCEPTION 'service case % was waived by % and stays so', OLD.external_id, OLD.waived_by
            USING ERRCODE = 'restrict_violation';
    END IF;
"""
FORGET_LATE = "DELETE FROM gateway_billing_lateunit WHERE kind = '{kind}' AND source_id = OLD.id;"


def _unit_guard(name: str, kind: str, label: str, columns: str, *, more: str = "", late: bool = False) -> str:
    names = columns.split()
    return UNIT_GUARD.format(
        name=name, kind=kind, label=label, more=more, changed="changed",
        gone=FORGET_LATE.format(kind=kind) if late else "",
        new=", ".join(f"NEW.{column}" for column in names), old=", ".join(f"OLD.{column}" for column in names),
    )  # fmt: skip


def _drop_guard(name: str) -> str:
    return (
        f"DROP TRIGGER gateway_{name}_guard_update ON gateway_billing_{name};"
        f"DROP TRIGGER gateway_{name}_guard_delete ON gateway_billing_{name};"
        f"DROP FUNCTION gateway_{name}_guard();"
    )


CALL_GUARD = _unit_guard("call", "call", "call", "external_id company_id started_at duration_seconds status", late=True)
CASE_GUARD = _unit_guard(
    "servicecase", "service_case", "service case",
    "external_id company_id category_id created_at output_status output_sent_at is_billable waived_at waived_by waive_reason",
    more=WAIVED_STAYS, late=True,
)  # fmt: skip

# A price that was billed may end later on, as long as the days that were billed stay those that are charged.
PRICE_GUARD = """
CREATE FUNCTION gateway_serviceprice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_at text := invoicing_whereabouts('service_price', OLD.id);
    billed_until date;
BEGIN
    IF found_at IS NULL THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'service price % is % and cannot be deleted: end it (valid_to)', OLD.external_id, found_at
            USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT (max(part) || '-01')::date + interval '1 month' - interval '1 day' INTO billed_until FROM invoicing_claim
        WHERE kind = 'service_price' AND source_id = OLD.id AND released_at IS NULL;
    IF (NEW.external_id, NEW.company_id, NEW.service, NEW.price, NEW.quantity, NEW.discount_percent, NEW.valid_from,
        NEW.interval, NEW.prorate) IS DISTINCT FROM
       (OLD.external_id, OLD.company_id, OLD.service, OLD.price, OLD.quantity, OLD.discount_percent, OLD.valid_from,
        OLD.interval, OLD.prorate)
       OR least(coalesce(NEW.valid_to, 'infinity'), billed_until) <> least(coalesce(OLD.valid_to, 'infinity'), billed_until) THEN
        RAISE EXCEPTION 'service price % is % and cannot be changed: end it (valid_to) and add a new one',
            OLD.external_id, found_at USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gateway_serviceprice_guard_delete BEFORE DELETE ON gateway_billing_serviceprice
    FOR EACH ROW EXECUTE FUNCTION gateway_serviceprice_guard();
CREATE TRIGGER gateway_serviceprice_guard_update BEFORE UPDATE ON gateway_billing_serviceprice FOR EACH ROW
    WHEN (NEW IS DISTINCT FROM OLD) EXECUTE FUNCTION gateway_serviceprice_guard();
"""

# The last month that a recurring change is charged for: it falls on the day of its first time, or on the month's last.
LAST_PART = """
CREATE FUNCTION gateway_last_part(first_time date, until date) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT to_char(CASE WHEN extract(day FROM until) >= least(extract(day FROM first_time),
        extract(day FROM date_trunc('month', until) + interval '1 month' - interval '1 day'))
        THEN until ELSE (date_trunc('month', until) - interval '1 day')::date END, 'YYYY-MM')
$$;
"""

CHANGE_GUARD = """
CREATE FUNCTION gateway_servicechange_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_at text := invoicing_whereabouts('service_change', OLD.id);
    billed_from date;
BEGIN
    IF found_at IS NULL THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'service change % is % and cannot be deleted', OLD.external_id, found_at
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - ARRAY['settled', 'recurring_until']) IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['settled', 'recurring_until']) THEN
        RAISE EXCEPTION 'service change % is % and cannot be changed', OLD.external_id, found_at
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.recurring_until IS DISTINCT FROM OLD.recurring_until THEN
        SELECT (max(part) || '-01')::date INTO billed_from FROM invoicing_claim
            WHERE kind = 'service_change' AND source_id = OLD.id AND released_at IS NULL AND part <> '';
        IF NEW.recurring_until < billed_from THEN
            RAISE EXCEPTION 'service change % cannot end then: it is %', OLD.external_id, found_at
                USING ERRCODE = 'restrict_violation';
        END IF;
        NEW.settled := EXISTS (SELECT 1 FROM invoicing_claim WHERE kind = 'service_change' AND source_id = OLD.id
            AND released_at IS NULL AND part IN ('', gateway_last_part(NEW.service_date, NEW.recurring_until)));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gateway_servicechange_guard_delete BEFORE DELETE ON gateway_billing_servicechange
    FOR EACH ROW EXECUTE FUNCTION gateway_servicechange_guard();
CREATE TRIGGER gateway_servicechange_guard_update BEFORE UPDATE ON gateway_billing_servicechange FOR EACH ROW
    WHEN (NEW IS DISTINCT FROM OLD) EXECUTE FUNCTION gateway_servicechange_guard();
"""

# Prices of fees may change for the months to come; the line tells at which price a month was billed.
SETUP_GUARD = _unit_guard("feeschedule", "setup_fee", "setup fee", "external_id company_id setup_fee")
FLAT_GUARD = _unit_guard("outputconfiguration", "flat_fee", "flat fee", "external_id company_id")

COMPANY_STAYS = """
CREATE FUNCTION gateway_company_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% %: its company is fixed', TG_ARGV[0], OLD.external_id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER gateway_category_company_stays BEFORE UPDATE ON gateway_billing_casecategory FOR EACH ROW
    WHEN (NEW.company_id <> OLD.company_id) EXECUTE FUNCTION gateway_company_stays('case category');
CREATE TRIGGER gateway_output_company_stays BEFORE UPDATE ON gateway_billing_outputconfiguration FOR EACH ROW
    WHEN (NEW.company_id <> OLD.company_id) EXECUTE FUNCTION gateway_company_stays('output configuration');
"""

# A case that was waived cannot be claimed; the writer of a waiver shares the partner's lock, so neither is overlooked.
CLAIMS = """
CREATE FUNCTION gateway_claim_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_case text;
BEGIN
    SELECT s.external_id INTO found_case FROM fresh c JOIN gateway_billing_servicecase s ON s.id = c.source_id
        WHERE c.kind = 'service_case' AND s.waived_at IS NOT NULL LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'service case % was waived and cannot be billed', found_case
            USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE gateway_billing_servicechange s SET settled = true FROM fresh c
        WHERE c.kind = 'service_change' AND s.id = c.source_id AND NOT s.settled
            AND (NOT s.recurring OR c.part IN ('', gateway_last_part(s.service_date, s.recurring_until)));
    RETURN NULL;
END $$;
CREATE TRIGGER gateway_claim_guard AFTER INSERT ON invoicing_claim
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION gateway_claim_guard();
CREATE FUNCTION gateway_claim_released() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE gateway_billing_servicechange SET settled = false WHERE id = NEW.source_id AND settled;
    RETURN NULL;
END $$;
CREATE TRIGGER gateway_claim_released AFTER UPDATE ON invoicing_claim FOR EACH ROW
    WHEN (NEW.kind = 'service_change' AND OLD.released_at IS NULL AND NEW.released_at IS NOT NULL)
    EXECUTE FUNCTION gateway_claim_released();
"""

MONTHS = """
CREATE FUNCTION gateway_monthrun_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.reopened_at IS NOT NULL OR NEW.reopened_at IS NULL
       OR to_jsonb(NEW) - 'reopened_at' IS DISTINCT FROM to_jsonb(OLD) - 'reopened_at' THEN
        RAISE EXCEPTION 'the run of % can only be reopened, once', OLD.period_start USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.invoice_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM invoicing_invoice WHERE id = OLD.invoice_id AND status NOT IN ('void', 'discarded')) THEN
        RAISE EXCEPTION 'the month % is reopened by cancelling its document', OLD.period_start
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gateway_monthrun_guard BEFORE UPDATE OR DELETE ON gateway_billing_monthrun
    FOR EACH ROW EXECUTE FUNCTION gateway_monthrun_guard();
CREATE FUNCTION gateway_reopen_month() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE gateway_billing_monthrun SET reopened_at = clock_timestamp()
        WHERE invoice_id = NEW.id AND reopened_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER gateway_reopen_month AFTER UPDATE ON invoicing_invoice FOR EACH ROW
    WHEN (NEW.kind = 'aggregate' AND NEW.status IN ('void', 'discarded') AND OLD.status <> NEW.status)
    EXECUTE FUNCTION gateway_reopen_month();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("gateway_billing", "0001_initial"),
        ("invoicing", "0005_documents"),
        ("contracts", "0005_management_guards"),
    ]

    operations = [
        migrations.RunSQL(
            PRICES_NEVER_OVERLAP,
            "ALTER TABLE gateway_billing_serviceprice DROP CONSTRAINT gateway_price_no_overlap",
        ),
        migrations.RunSQL(
            CATEGORY_KEY,
            "ALTER TABLE gateway_billing_casecategory DROP CONSTRAINT gateway_category_output_of_company",
        ),
        migrations.RunSQL(LOCK, "DROP FUNCTION gateway_share_partners(bigint[])"),
        migrations.RunSQL(LATE, "DROP FUNCTION gateway_note_late(text, bigint[], bigint[], timestamptz[])"),
        migrations.RunSQL(CALL_NOTE, _drop_note("call")),
        migrations.RunSQL(CASE_NOTE, _drop_note("servicecase")),
        migrations.RunSQL(
            MANAGED,
            "DROP TRIGGER gateway_managed_note ON contracts_management; DROP FUNCTION gateway_managed_note();",
        ),
        migrations.RunSQL(CALL_GUARD, _drop_guard("call")),
        migrations.RunSQL(CASE_GUARD, _drop_guard("servicecase")),
        migrations.RunSQL(PRICE_GUARD, _drop_guard("serviceprice")),
        migrations.RunSQL(LAST_PART, "DROP FUNCTION gateway_last_part(date, date)"),
        migrations.RunSQL(CHANGE_GUARD, _drop_guard("servicechange")),
        migrations.RunSQL(SETUP_GUARD, _drop_guard("feeschedule")),
        migrations.RunSQL(FLAT_GUARD, _drop_guard("outputconfiguration")),
        migrations.RunSQL(
            COMPANY_STAYS,
            "DROP TRIGGER gateway_output_company_stays ON gateway_billing_outputconfiguration;"
            "DROP TRIGGER gateway_category_company_stays ON gateway_billing_casecategory;"
            "DROP FUNCTION gateway_company_stays();",
        ),
        migrations.RunSQL(
            CLAIMS,
            "DROP TRIGGER gateway_claim_released ON invoicing_claim; DROP FUNCTION gateway_claim_released();"
            "DROP TRIGGER gateway_claim_guard ON invoicing_claim; DROP FUNCTION gateway_claim_guard();",
        ),
        migrations.RunSQL(
            MONTHS,
            "DROP TRIGGER gateway_reopen_month ON invoicing_invoice; DROP FUNCTION gateway_reopen_month();"
            "DROP TRIGGER gateway_monthrun_guard ON gateway_billing_monthrun; DROP FUNCTION gateway_monthrun_guard();",
        ),
    ]
