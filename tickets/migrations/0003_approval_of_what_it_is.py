"""An approval is of the work as it was: what is edited, or becomes more, waits for another one.

Triggers, so that a form, a mass update, an import and plain SQL all meet them.
"""

from django.db import migrations

# What somebody approves of an entry; its start and whether it was an emergency decide about the price.
APPROVED = (
    "ticket_id", "technician", "worked_on", "seconds_worked", "started_at", "billable", "hourly_rate", "work_type",
    "emergency",
)  # fmt: skip

# Fires after the guard, which refuses to change what is claimed.
ENTRY = f"""
CREATE FUNCTION tickets_timeentry_unapprove() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.status := 'submitted';
    NEW.decided_by := '';
    NEW.decided_at := NULL;
    NEW.decision_reason := '';
    RETURN NEW;
END $$;
CREATE TRIGGER tickets_timeentry_unapprove BEFORE UPDATE ON tickets_timeentry FOR EACH ROW
    WHEN (OLD.status = 'approved' AND NEW.status = 'approved' AND
        ({", ".join(f"NEW.{column}" for column in APPROVED)}) IS DISTINCT FROM
        ({", ".join(f"OLD.{column}" for column in APPROVED)}))
    EXECUTE FUNCTION tickets_timeentry_unapprove();
"""
ENTRY_BACK = """
DROP TRIGGER tickets_timeentry_unapprove ON tickets_timeentry; DROP FUNCTION tickets_timeentry_unapprove();
"""

# A ticket above the threshold is approved with the work that it has: an entry that is new, longer, of somebody else or
# counts now and did not before ends that. Of a forced ticket, work counts that is not billable. The triggers are named
# so that they fire after those that put tickets back, which lock them in the order of billing.
COUNTS = "({0}.seconds_worked IS NOT NULL AND {0}.status IN ('submitted', 'approved') AND {0}.billed_elsewhere = '')"
NEW, OLD = COUNTS.format("n"), COUNTS.format("o")
TICKET = f"""
CREATE FUNCTION tickets_timeentry_unapprove_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    grown bigint[];
    grown_billable bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT ticket_id), array_agg(DISTINCT ticket_id) FILTER (WHERE billable)
            INTO grown, grown_billable FROM fresh n WHERE {NEW};
    ELSE
        SELECT array_agg(DISTINCT ticket_id) FILTER (WHERE more OR NOT counted),
            array_agg(DISTINCT ticket_id) FILTER (WHERE billable AND (more OR NOT (counted AND was_billable)))
            INTO grown, grown_billable
            FROM (SELECT n.ticket_id, n.billable, o.billable AS was_billable, {OLD} AS counted,
                    n.seconds_worked > o.seconds_worked OR (n.ticket_id, n.technician) <> (o.ticket_id, o.technician)
                        AS more
                  FROM fresh n JOIN gone o USING (id) WHERE {NEW}) t;
    END IF;
    UPDATE tickets_ticket SET approved_by = '', approved_at = NULL
        WHERE id = ANY(grown || grown_billable) AND approved_at IS NOT NULL
            AND id = ANY(CASE WHEN forced THEN grown ELSE grown_billable END);
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_timeentry_unapprove_ticket_insert AFTER INSERT ON tickets_timeentry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tickets_timeentry_unapprove_ticket();
CREATE TRIGGER tickets_timeentry_unapprove_ticket_update AFTER UPDATE ON tickets_timeentry
    REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION tickets_timeentry_unapprove_ticket();
"""
TICKET_BACK = """
DROP TRIGGER tickets_timeentry_unapprove_ticket_update ON tickets_timeentry;
DROP TRIGGER tickets_timeentry_unapprove_ticket_insert ON tickets_timeentry;
DROP FUNCTION tickets_timeentry_unapprove_ticket();
"""

# Forcing makes work count that did not before.
FORCED = f"""
CREATE FUNCTION tickets_ticket_unapprove() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM tickets_timeentry n WHERE n.ticket_id = NEW.id AND NOT n.billable AND {NEW}) THEN
        NEW.approved_by := '';
        NEW.approved_at := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tickets_ticket_unapprove BEFORE UPDATE OF forced ON tickets_ticket FOR EACH ROW
    WHEN (NEW.forced AND NOT OLD.forced AND OLD.approved_at IS NOT NULL)
    EXECUTE FUNCTION tickets_ticket_unapprove();
"""
FORCED_BACK = """
DROP TRIGGER tickets_ticket_unapprove ON tickets_ticket; DROP FUNCTION tickets_ticket_unapprove();
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0002_guards")]

    operations = [
        migrations.RunSQL(ENTRY, ENTRY_BACK),
        migrations.RunSQL(TICKET, TICKET_BACK),
        migrations.RunSQL(FORCED, FORCED_BACK),
    ]
