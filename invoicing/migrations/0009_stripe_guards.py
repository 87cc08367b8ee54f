"""What the database refuses about events of Stripe, disputes and anomalies: what was received stays as it was received."""

from django.db import migrations

EVENT = """
CREATE FUNCTION invoicing_stripeevent_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'event % cannot be deleted', OLD.event_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.id, NEW.event_id, NEW.event_type, NEW.object_id, NEW.received_at)
       IS DISTINCT FROM (OLD.id, OLD.event_id, OLD.event_type, OLD.object_id, OLD.received_at)
       OR NEW.created_at IS DISTINCT FROM OLD.created_at OR NEW.deliveries < OLD.deliveries THEN
        RAISE EXCEPTION 'event % is kept as it was received', OLD.event_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.payload IS DISTINCT FROM OLD.payload
       AND NOT (NEW.payload = '' AND OLD.received_at <= now() - interval '90 days') THEN
        RAISE EXCEPTION 'the body of event % is kept as it was received, for 90 days', OLD.event_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.status IN ('processed', 'ignored') AND (NEW.status, NEW.processed_at) IS DISTINCT FROM
       (OLD.status, OLD.processed_at) THEN
        RAISE EXCEPTION 'event % is % and stays so', OLD.event_id, OLD.status USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_stripeevent_guard BEFORE UPDATE OR DELETE ON invoicing_stripeevent
    FOR EACH ROW EXECUTE FUNCTION invoicing_stripeevent_guard();
"""
EVENT_BACK = """
DROP TRIGGER invoicing_stripeevent_guard ON invoicing_stripeevent;
DROP FUNCTION invoicing_stripeevent_guard();
"""

DISPUTE = """
CREATE FUNCTION invoicing_dispute_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY['status', 'closed_at'];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - movable IS DISTINCT FROM to_jsonb(OLD) - movable
       OR (OLD.closed_at IS NOT NULL AND NEW IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION 'dispute % can only be closed, once', OLD.stripe_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_dispute_guard BEFORE UPDATE OR DELETE ON invoicing_dispute
    FOR EACH ROW EXECUTE FUNCTION invoicing_dispute_guard();
"""
DISPUTE_BACK = """
DROP TRIGGER invoicing_dispute_guard ON invoicing_dispute;
DROP FUNCTION invoicing_dispute_guard();
"""

ANOMALY = """
CREATE FUNCTION invoicing_anomaly_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    movable CONSTANT text[] := ARRAY['closed_at', 'closed_by', 'closing_reason'];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - movable IS DISTINCT FROM to_jsonb(OLD) - movable
       OR (OLD.closed_at IS NOT NULL AND NEW IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION 'anomaly % can only be closed, once', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_anomaly_guard BEFORE UPDATE OR DELETE ON invoicing_anomaly
    FOR EACH ROW EXECUTE FUNCTION invoicing_anomaly_guard();
"""
ANOMALY_BACK = """
DROP TRIGGER invoicing_anomaly_guard ON invoicing_anomaly;
DROP FUNCTION invoicing_anomaly_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0008_stripe_jobs_and_settings")]

    operations = [
        migrations.RunSQL(EVENT, EVENT_BACK),
        migrations.RunSQL(DISPUTE, DISPUTE_BACK),
        migrations.RunSQL(ANOMALY, ANOMALY_BACK),
    ]
