"""What the database refuses about work, and how a change puts a ticket back among what waits to be billed.

Both are triggers, so that a mass update, an import or plain SQL meets them as well as the admin does. Whoever writes
time or material of a ticket locks the ticket first, as billing does: neither can overlook the other.
"""

from django.db import migrations

SAME_CLIENT = """
ALTER TABLE tickets_ticket ADD CONSTRAINT tickets_ticket_contract_of_client FOREIGN KEY (contract_id, client_id)
    REFERENCES contracts_contract (id, client_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE tickets_ticket ADD CONSTRAINT tickets_ticket_contact_of_client FOREIGN KEY (contact_id, client_id)
    REFERENCES contracts_contact (id, client_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE tickets_ticket ADD CONSTRAINT tickets_ticket_client_before_contract
    CHECK (client_id IS NOT NULL OR (contract_id IS NULL AND contact_id IS NULL));
"""
SAME_CLIENT_BACK = """
ALTER TABLE tickets_ticket DROP CONSTRAINT tickets_ticket_client_before_contract,
    DROP CONSTRAINT tickets_ticket_contact_of_client, DROP CONSTRAINT tickets_ticket_contract_of_client;
"""

# Where a billed unit went, for the sentence that refuses its change.
WHEREABOUTS = """
CREATE FUNCTION tickets_whereabouts(unit_kind text, unit_id bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE c.outcome
        WHEN 'billed' THEN 'billed on ' || coalesce(i.number, 'draft ' || i.external_id)
        WHEN 'elsewhere' THEN 'billed elsewhere (' || c.reference || ')'
        ELSE c.outcome END
    FROM invoicing_claim c LEFT JOIN invoicing_invoiceline l ON l.id = c.line_id
        LEFT JOIN invoicing_invoice i ON i.id = l.invoice_id
    WHERE c.kind = unit_kind AND c.source_id = unit_id AND c.released_at IS NULL LIMIT 1
$$;
"""

TICKET = """
CREATE FUNCTION tickets_ticket_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_at text;
BEGIN
    IF NEW.status = 'closed' AND NEW.closed_at IS NULL THEN
        NEW.closed_at := now();
    ELSIF NEW.status = 'resolved' THEN
        NEW.resolved_at := coalesce(NEW.resolved_at, now());
        NEW.closed_at := NULL;
        NEW.closed_by := '';
    ELSIF NEW.status NOT IN ('closed', 'cancelled') THEN
        NEW.closed_at := NULL;
        NEW.closed_by := '';
        NEW.resolved_at := NULL;
        NEW.resolved_by := '';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF NEW.client_id IS DISTINCT FROM OLD.client_id THEN
        found_at := coalesce(
            tickets_whereabouts('ticket_fee', OLD.id),
            (SELECT tickets_whereabouts('time_entry', id) AS w FROM tickets_timeentry WHERE ticket_id = OLD.id
             ORDER BY w NULLS LAST LIMIT 1),
            (SELECT tickets_whereabouts('expense', id) AS w FROM tickets_expense WHERE ticket_id = OLD.id
             ORDER BY w NULLS LAST LIMIT 1));
        IF found_at IS NOT NULL THEN
            RAISE EXCEPTION 'ticket % cannot move to another client: its work is %', OLD.number, found_at
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    IF NEW.billing_status = OLD.billing_status AND OLD.billing_status IN ('held', 'skipped')
       AND OLD.billing_reason <> 'held_by_person'
       AND (NEW.status, NEW.client_id, NEW.contract_id, NEW.contact_id, NEW.billable, NEW.internal, NEW.ticket_type,
            NEW.closed_at, NEW.resolved_at, NEW.strategy_override, NEW.hourly_rate_override, NEW.approved_at,
            NEW.billed_elsewhere, NEW.forced)
           IS DISTINCT FROM
           (OLD.status, OLD.client_id, OLD.contract_id, OLD.contact_id, OLD.billable, OLD.internal, OLD.ticket_type,
            OLD.closed_at, OLD.resolved_at, OLD.strategy_override, OLD.hourly_rate_override, OLD.approved_at,
            OLD.billed_elsewhere, OLD.forced) THEN
        NEW.billing_status := 'unbilled';
        NEW.billing_reason := '';
        NEW.billing_detail := '';
        NEW.billing_attempts := 0;
        NEW.lost_workers := 0;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tickets_ticket_guard BEFORE INSERT OR UPDATE ON tickets_ticket
    FOR EACH ROW EXECUTE FUNCTION tickets_ticket_guard();
"""

# Nothing refers to a ticket whose fee alone is claimed, so that no foreign key keeps it.
TICKET_DELETE = """
CREATE FUNCTION tickets_ticket_delete_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_at text;
BEGIN
    found_at := tickets_whereabouts('ticket_fee', OLD.id);
    IF found_at IS NOT NULL THEN
        RAISE EXCEPTION 'ticket % is % and cannot be deleted', OLD.number, found_at USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER tickets_ticket_delete_guard BEFORE DELETE ON tickets_ticket
    FOR EACH ROW EXECUTE FUNCTION tickets_ticket_delete_guard();
"""

# The row trigger refuses to change what is claimed. It locks the ticket before it looks for the claim.
UNIT_GUARD = """
CREATE FUNCTION tickets_{name}_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_at text;
BEGIN
    PERFORM 1 FROM tickets_ticket WHERE id = OLD.ticket_id FOR NO KEY UPDATE;
    found_at := tickets_whereabouts('{kind}', OLD.id);
    IF found_at IS NOT NULL THEN
        RAISE EXCEPTION '{label} % is % and cannot be %', OLD.external_id, found_at,
            CASE TG_OP WHEN 'DELETE' THEN 'deleted' ELSE 'changed' END USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER tickets_{name}_guard_delete BEFORE DELETE ON tickets_{name}
    FOR EACH ROW EXECUTE FUNCTION tickets_{name}_guard();
CREATE TRIGGER tickets_{name}_guard_update BEFORE UPDATE ON tickets_{name} FOR EACH ROW
    WHEN (({new_columns}) IS DISTINCT FROM ({old_columns}))
    EXECUTE FUNCTION tickets_{name}_guard();
"""

# The statement trigger puts tickets back: set aside ones for any change, settled ones for new work that counts.
PUT_BACK = """
CREATE FUNCTION tickets_put_back(changed bigint[], fresh_work bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF changed IS NULL THEN
        RETURN;
    END IF;
    PERFORM 1 FROM tickets_ticket WHERE id = ANY(changed) ORDER BY id FOR NO KEY UPDATE;
    UPDATE tickets_ticket SET billing_status = 'unbilled', billing_reason = '', billing_detail = '',
        billing_attempts = 0, lost_workers = 0
    WHERE id = ANY(changed) AND (
        (billing_status IN ('held', 'skipped') AND billing_reason <> 'held_by_person')
        OR (billing_status IN ('billed', 'covered') AND id = ANY(fresh_work)));
END $$;
"""

UNIT_PUT_BACK = """
CREATE FUNCTION tickets_{name}_put_back() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed bigint[];
    fresh_work bigint[];
BEGIN
    IF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT ticket_id) INTO changed FROM gone;
    ELSIF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT ticket_id), array_agg(DISTINCT ticket_id) FILTER (WHERE {counts})
            INTO changed, fresh_work FROM fresh n;
    ELSE
        SELECT array_agg(DISTINCT t.ticket_id), array_agg(DISTINCT t.ticket_id) FILTER (WHERE t.counts)
            INTO changed, fresh_work
            FROM (SELECT n.ticket_id, {counts} AS counts FROM fresh n JOIN gone o USING (id)
                  WHERE ({new_columns}) IS DISTINCT FROM ({old_columns})
                  UNION ALL
                  SELECT o.ticket_id, false FROM fresh n JOIN gone o USING (id) WHERE n.ticket_id <> o.ticket_id) t;
    END IF;
    PERFORM tickets_put_back(changed, fresh_work);
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_{name}_put_back_insert AFTER INSERT ON tickets_{name}
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tickets_{name}_put_back();
CREATE TRIGGER tickets_{name}_put_back_update AFTER UPDATE ON tickets_{name}
    REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tickets_{name}_put_back();
CREATE TRIGGER tickets_{name}_put_back_delete AFTER DELETE ON tickets_{name}
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tickets_{name}_put_back();
"""

UNITS = (
    {
        "name": "timeentry",
        "kind": "time_entry",
        "label": "time entry",
        "counts": "(n.billable AND n.status IN ('submitted', 'approved') AND n.seconds_worked IS NOT NULL)",
        "columns": (
            "ticket_id", "technician", "worked_on", "seconds_worked", "started_at", "ended_at", "paused_seconds",
            "billable", "status", "hourly_rate", "work_type", "emergency", "billed_elsewhere",
        ),
    },
    {
        "name": "expense",
        "kind": "expense",
        "label": "expense",
        "counts": "true",
        "columns": (
            "ticket_id", "incurred_on", "description", "quantity", "unit_price", "tax_rate", "goods", "billed_elsewhere",
        ),
    },
)  # fmt: skip


def _guard(unit: dict) -> migrations.RunSQL:
    name = unit["name"]
    return migrations.RunSQL(
        UNIT_GUARD.format(
            **unit,
            new_columns=", ".join(f"NEW.{column}" for column in unit["columns"]),
            old_columns=", ".join(f"OLD.{column}" for column in unit["columns"]),
        ),
        f"DROP TRIGGER tickets_{name}_guard_update ON tickets_{name};"
        f"DROP TRIGGER tickets_{name}_guard_delete ON tickets_{name}; DROP FUNCTION tickets_{name}_guard();",
    )


def _put_back(unit: dict) -> migrations.RunSQL:
    name = unit["name"]
    return migrations.RunSQL(
        UNIT_PUT_BACK.format(
            **unit,
            new_columns=", ".join(f"n.{column}" for column in unit["columns"]),
            old_columns=", ".join(f"o.{column}" for column in unit["columns"]),
        ),
        "".join(
            f"DROP TRIGGER tickets_{name}_put_back_{verb} ON tickets_{name};" for verb in ("insert", "update", "delete")
        )
        + f"DROP FUNCTION tickets_{name}_put_back();",
    )


# Terms and enrolment changed: only tickets whose reason they decide are looked at again.
TERMS_PUT_BACK = """
CREATE FUNCTION tickets_put_back_of(clients bigint[], reasons text[]) RETURNS void LANGUAGE sql AS $$
    UPDATE tickets_ticket SET billing_status = 'unbilled', billing_reason = '', billing_detail = '',
        billing_attempts = 0, lost_workers = 0
    WHERE client_id = ANY(clients) AND billing_status IN ('held', 'skipped') AND billing_reason = ANY(reasons)
$$;
CREATE FUNCTION tickets_terms_put_back() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_terms CONSTANT text[] := ARRAY['several_contracts', 'no_rate', 'above_approval_threshold', 'fair_use_review',
        'no_time_entries', 'below_minimum', 'nothing_to_bill', 'zero_amount', 'parked'];
    clients bigint[];
BEGIN
    -- Terms that are saved unchanged put nothing back.
    IF TG_TABLE_NAME = 'contracts_contract' AND TG_OP = 'UPDATE' THEN
        SELECT array_agg(DISTINCT t.client_id) INTO clients FROM touched t JOIN gone o USING (id)
            WHERE t.* IS DISTINCT FROM o.*;
    ELSIF TG_TABLE_NAME = 'contracts_contract' THEN
        SELECT array_agg(DISTINCT client_id) INTO clients FROM touched;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT array_agg(DISTINCT c.client_id) INTO clients FROM (
            SELECT u.contract_id FROM touched u JOIN gone o USING (id) WHERE u.* IS DISTINCT FROM o.*
            UNION SELECT o.contract_id FROM touched u JOIN gone o USING (id) WHERE u.contract_id <> o.contract_id
        ) t JOIN contracts_contract c ON c.id = t.contract_id;
    ELSE
        SELECT array_agg(DISTINCT c.client_id) INTO clients FROM touched t JOIN contracts_contract c ON c.id = t.contract_id;
    END IF;
    PERFORM tickets_put_back_of(clients, of_terms);
    RETURN NULL;
END $$;
CREATE FUNCTION tickets_client_put_back() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- The zone decides the day of closing, and with it which contract binds.
    of_price CONSTANT text[] := ARRAY['several_contracts', 'no_rate', 'no_time_entries', 'below_minimum',
        'nothing_to_bill', 'zero_amount', 'parked'];
    of_enrolment CONSTANT text[] := ARRAY['client_not_enrolled', 'closed_before_enrolment'];
    of_approval CONSTANT text[] := ARRAY['entries_pending_approval', 'parked'];
    clients bigint[];
BEGIN
    SELECT array_agg(n.id) INTO clients FROM fresh n JOIN gone o USING (id)
        WHERE (n.hourly_rate, n.timezone, n.country, n.region) IS DISTINCT FROM
              (o.hourly_rate, o.timezone, o.country, o.region);
    PERFORM tickets_put_back_of(clients, of_price);
    SELECT array_agg(n.id) INTO clients FROM fresh n JOIN gone o USING (id)
        WHERE (n.automation, n.automation_from) IS DISTINCT FROM (o.automation, o.automation_from);
    PERFORM tickets_put_back_of(clients, of_enrolment);
    SELECT array_agg(n.id) INTO clients FROM fresh n JOIN gone o USING (id)
        WHERE n.require_entry_approval IS DISTINCT FROM o.require_entry_approval;
    PERFORM tickets_put_back_of(clients, of_approval);
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_client_put_back AFTER UPDATE ON contracts_client
    REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tickets_client_put_back();
"""
TERMS_TABLES = ("contracts_contract", "contracts_rate", "contracts_assignment")
TERMS_TRIGGERS = "".join(
    f"""
CREATE TRIGGER tickets_terms_put_back_{verb.lower()} AFTER {verb} ON {table}
    REFERENCING {transitions} FOR EACH STATEMENT EXECUTE FUNCTION tickets_terms_put_back();
"""
    for table in TERMS_TABLES
    for verb, transitions in (
        ("INSERT", "NEW TABLE AS touched"),
        ("UPDATE", "OLD TABLE AS gone NEW TABLE AS touched"),
        ("DELETE", "OLD TABLE AS touched"),
    )
)
TERMS_BACK = (
    "DROP TRIGGER tickets_client_put_back ON contracts_client; DROP FUNCTION tickets_client_put_back();"
    + "".join(
        f"DROP TRIGGER tickets_terms_put_back_{verb} ON {table};"
        for table in TERMS_TABLES
        for verb in ("insert", "update", "delete")
    )
    + "DROP FUNCTION tickets_terms_put_back(); DROP FUNCTION tickets_put_back_of(bigint[], text[]);"
)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial"), ("invoicing", "0002_guards"), ("contracts", "0002_guards")]

    operations = [
        migrations.RunSQL(SAME_CLIENT, SAME_CLIENT_BACK),
        migrations.RunSQL(WHEREABOUTS, "DROP FUNCTION tickets_whereabouts(text, bigint)"),
        migrations.RunSQL(
            TICKET, "DROP TRIGGER tickets_ticket_guard ON tickets_ticket; DROP FUNCTION tickets_ticket_guard();"
        ),
        migrations.RunSQL(
            TICKET_DELETE,
            "DROP TRIGGER tickets_ticket_delete_guard ON tickets_ticket; DROP FUNCTION tickets_ticket_delete_guard();",
        ),
        migrations.RunSQL(PUT_BACK, "DROP FUNCTION tickets_put_back(bigint[], bigint[])"),
        *(_guard(unit) for unit in UNITS),
        *(_put_back(unit) for unit in UNITS),
        migrations.RunSQL(TERMS_PUT_BACK + TERMS_TRIGGERS, TERMS_BACK),
    ]
