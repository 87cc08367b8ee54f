"""Every entry of the audit trail gets its place in the chain with its own insert; what is sealed stays sealed."""

from django.db import migrations

# A statement at a time, so that a thousand entries of one COPY cost one insert.
PLACE = """
CREATE FUNCTION invoicing_auditentry_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO invoicing_auditseal (entry_id) SELECT id FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER invoicing_auditentry_place AFTER INSERT ON invoicing_auditentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION invoicing_auditentry_place();
INSERT INTO invoicing_auditseal (entry_id) SELECT id FROM invoicing_auditentry;
"""
PLACE_BACK = """
DROP TRIGGER invoicing_auditentry_place ON invoicing_auditentry;
DROP FUNCTION invoicing_auditentry_place();
"""

SEAL = """
CREATE FUNCTION invoicing_auditseal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.position IS NOT NULL OR NEW.entry_id <> OLD.entry_id THEN
        RAISE EXCEPTION 'the seals of the audit trail are append-only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_auditseal_guard BEFORE UPDATE OR DELETE ON invoicing_auditseal
    FOR EACH ROW EXECUTE FUNCTION invoicing_auditseal_guard();
"""
SEAL_BACK = """
DROP TRIGGER invoicing_auditseal_guard ON invoicing_auditseal;
DROP FUNCTION invoicing_auditseal_guard();
"""

HEAD = """
CREATE FUNCTION invoicing_audithead_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.position <= OLD.position THEN
        RAISE EXCEPTION 'the end of the audit trail only moves on' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoicing_audithead_guard BEFORE UPDATE OR DELETE ON invoicing_audithead
    FOR EACH ROW EXECUTE FUNCTION invoicing_audithead_guard();
"""
HEAD_BACK = """
DROP TRIGGER invoicing_audithead_guard ON invoicing_audithead;
DROP FUNCTION invoicing_audithead_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0009_stripe_guards")]

    operations = [
        migrations.RunSQL(PLACE, PLACE_BACK),
        migrations.RunSQL(SEAL, SEAL_BACK),
        migrations.RunSQL(HEAD, HEAD_BACK),
    ]
