"""A client's own default strategy or approval limit was changed: the tickets that it decides are looked at again."""

from django.db import migrations

PUT_BACK = """
CREATE FUNCTION tickets_client_terms_put_back() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_strategy CONSTANT text[] := ARRAY['no_rate', 'no_time_entries', 'below_minimum', 'nothing_to_bill',
        'zero_amount', 'parked'];
    of_threshold CONSTANT text[] := ARRAY['above_approval_threshold', 'parked'];
    clients bigint[];
BEGIN
    SELECT array_agg(n.id) INTO clients FROM fresh n JOIN gone o USING (id)
        WHERE n.default_strategy IS DISTINCT FROM o.default_strategy;
    PERFORM tickets_put_back_of(clients, of_strategy);
    SELECT array_agg(n.id) INTO clients FROM fresh n JOIN gone o USING (id)
        WHERE n.approval_threshold_seconds IS DISTINCT FROM o.approval_threshold_seconds;
    PERFORM tickets_put_back_of(clients, of_threshold);
    RETURN NULL;
END $$;
CREATE TRIGGER tickets_client_terms_put_back AFTER UPDATE ON contracts_client
    REFERENCING OLD TABLE AS gone NEW TABLE AS fresh FOR EACH STATEMENT
    EXECUTE FUNCTION tickets_client_terms_put_back();
"""
PUT_BACK_BACK = """
DROP TRIGGER tickets_client_terms_put_back ON contracts_client; DROP FUNCTION tickets_client_terms_put_back();
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0003_approval_of_what_it_is"), ("contracts", "0006_client_automation_terms")]

    operations = [migrations.RunSQL(PUT_BACK, PUT_BACK_BACK)]
