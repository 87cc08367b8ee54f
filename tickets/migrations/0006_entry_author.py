"""Who entered the hours of a time entry; and a ticket that a change puts back leaves a trace in the audit trail.

The name of whoever is at work is told to the database for the transaction (`accounts.acting`), so that what triggers
write down carries it.
"""

from importlib import import_module

from django.db import migrations, models

ACTING = """
CREATE FUNCTION tickets_acting() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT left(coalesce(nullif(current_setting('billing.acting', true), ''), 'system'), 150)
$$;
"""

# Where nothing was put back, nothing is written: the entries come from the rows of the update.
TRACED = """
    INSERT INTO invoicing_auditentry (at, by, action, subject_kind, subject_id, reason, data)
    SELECT now(), tickets_acting(), 'ticket.put_back', 'ticket', id, '', jsonb_build_object(
        'before', jsonb_build_object('status', status, 'reason', reason),
        'after', jsonb_build_object('status', 'unbilled', 'reason', ''), 'because', '{because}')
    FROM back ORDER BY id;
"""
WORK = f"""
CREATE OR REPLACE FUNCTION tickets_put_back(changed bigint[], fresh_work bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF changed IS NULL THEN
        RETURN;
    END IF;
    PERFORM 1 FROM tickets_ticket WHERE id = ANY(changed) ORDER BY id FOR NO KEY UPDATE;
    WITH was AS (
        SELECT id, billing_status AS status, billing_reason AS reason FROM tickets_ticket
        WHERE id = ANY(changed) AND (
            (billing_status IN ('held', 'skipped') AND billing_reason <> 'held_by_person')
            OR (billing_status IN ('billed', 'covered') AND id = ANY(fresh_work)))
    ), back AS (
        UPDATE tickets_ticket t SET billing_status = 'unbilled', billing_reason = '', billing_detail = '',
            billing_attempts = 0, lost_workers = 0
        FROM was WHERE t.id = was.id RETURNING t.id, was.status, was.reason
    ){TRACED.format(because="work")}
END $$;
"""
# The rows are locked before they are changed, so that a ticket that is billed meanwhile is not put back.
TERMS = f"""
CREATE OR REPLACE FUNCTION tickets_put_back_of(clients bigint[], reasons text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF clients IS NULL THEN
        RETURN;
    END IF;
    WITH was AS (
        SELECT id, billing_status AS status, billing_reason AS reason FROM tickets_ticket
        WHERE client_id = ANY(clients) AND billing_status IN ('held', 'skipped') AND billing_reason = ANY(reasons)
        ORDER BY id FOR NO KEY UPDATE
    ), back AS (
        UPDATE tickets_ticket t SET billing_status = 'unbilled', billing_reason = '', billing_detail = '',
            billing_attempts = 0, lost_workers = 0
        FROM was WHERE t.id = was.id RETURNING t.id, was.status, was.reason
    ){TRACED.format(because="terms")}
END $$;
"""

GUARDS = import_module("tickets.migrations.0002_guards")
_AGAIN = "CREATE OR REPLACE FUNCTION"
# The guard of the ticket itself, of which a trace is written row by row: mass updates of tickets set aside are rare.
GUARD_BEFORE = GUARDS.TICKET.partition("CREATE TRIGGER")[0].replace("CREATE FUNCTION", _AGAIN)
PUT_BACK_BEFORE = GUARDS.PUT_BACK.replace("CREATE FUNCTION", _AGAIN)
TERMS_BEFORE = GUARDS.TERMS_PUT_BACK.partition("CREATE FUNCTION tickets_terms_put_back()")[0].replace(
    "CREATE FUNCTION", _AGAIN
)
_MARK = "        NEW.billing_status := 'unbilled';\n"
GUARD = GUARD_BEFORE.replace(
    _MARK,
    """        INSERT INTO invoicing_auditentry (at, by, action, subject_kind, subject_id, reason, data)
        VALUES (now(), tickets_acting(), 'ticket.put_back', 'ticket', OLD.id, '', jsonb_build_object(
            'before', jsonb_build_object('status', OLD.billing_status, 'reason', OLD.billing_reason),
            'after', jsonb_build_object('status', 'unbilled', 'reason', ''), 'because', 'ticket'));
"""
    + _MARK,
)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0005_billing_stats"), ("invoicing", "0010_audit_seal_guards")]

    operations = [
        migrations.AddField(
            model_name="timeentry",
            name="entered_by",
            field=models.CharField(
                blank=True, editable=False, max_length=150,
                help_text="Who entered what is billed of it, or last changed that; empty where nobody knows.",
            ),
        ),
        migrations.RunSQL(ACTING, "DROP FUNCTION tickets_acting()"),
        migrations.RunSQL(WORK, PUT_BACK_BEFORE),
        migrations.RunSQL(TERMS, TERMS_BEFORE),
        migrations.RunSQL(GUARD, GUARD_BEFORE),
    ]  # fmt: skip
