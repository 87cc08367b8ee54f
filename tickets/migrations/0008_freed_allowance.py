"""An allowance that is given back may pay for a ticket that is held for its price: such tickets are looked at again."""

from importlib import import_module

from django.db import migrations

TRACED = import_module("tickets.migrations.0006_entry_author").TRACED

# Whoever gives back holds a draft already, and whoever bills locks the ticket first: a ticket that is being billed at
# this moment is passed over, since to wait for it could be to wait for each other.
PUT_BACK = f"""
CREATE FUNCTION tickets_allowance_put_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH was AS (
        SELECT id, billing_status AS status, billing_reason AS reason FROM tickets_ticket
        WHERE billing_status = 'held' AND billing_reason IN ('no_rate', 'above_approval_threshold', 'no_time_entries')
            AND client_id IN (
            SELECT c.client_id FROM fresh n JOIN gone o USING (id) JOIN contracts_contract c ON c.id = n.contract_id
            WHERE n.released_at IS NOT NULL AND o.released_at IS NULL)
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ), back AS (
        UPDATE tickets_ticket t SET billing_status = 'unbilled', billing_reason = '', billing_detail = '',
            billing_attempts = 0, lost_workers = 0
        FROM was WHERE t.id = was.id RETURNING t.id, was.status, was.reason
    ){TRACED.format(because="allowance")}
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_allowance_put_back AFTER UPDATE ON contracts_allocation
    REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION tickets_allowance_put_back();
"""
BACK = """
DROP TRIGGER tickets_allowance_put_back ON contracts_allocation; DROP FUNCTION tickets_allowance_put_back();
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0007_search"), ("contracts", "0006_client_automation_terms")]

    operations = [migrations.RunSQL(PUT_BACK, BACK)]
