"""What the database refuses about agreements."""

from django.db import migrations

RATES_NEVER_OVERLAP = """
ALTER TABLE contracts_rate ADD CONSTRAINT contracts_rate_no_overlap EXCLUDE USING gist (
    int8range(contract_id, contract_id, '[]') WITH &&,
    -- gist has no equality for text without an extension; a range of one 64-bit hash stands in for it
    int8range(hashtextextended(work_type || chr(10) || time_of_day, 0),
              hashtextextended(work_type || chr(10) || time_of_day, 0), '[]') WITH &&,
    daterange(valid_from, valid_to, '[]') WITH &&
) DEFERRABLE INITIALLY IMMEDIATE;
"""

# Other tables name (contract, client) and (contact, client) as one key, so that work of one client can never fall
# under the contract of another.
KEYS = """
ALTER TABLE contracts_contract ADD CONSTRAINT contracts_contract_of_client UNIQUE (id, client_id);
ALTER TABLE contracts_contact ADD CONSTRAINT contracts_contact_of_client UNIQUE (id, client_id);
"""

ASSIGNMENT = """
CREATE FUNCTION contracts_assignment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT client_id FROM contracts_contract WHERE id = NEW.contract_id)
       IS DISTINCT FROM (SELECT client_id FROM contracts_contact WHERE id = NEW.contact_id) THEN
        RAISE EXCEPTION 'assignment %: the contact belongs to another client than the contract', NEW.external_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contracts_assignment_guard BEFORE INSERT OR UPDATE OF contract_id, contact_id ON contracts_assignment
    FOR EACH ROW EXECUTE FUNCTION contracts_assignment_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0001_initial")]

    operations = [
        migrations.RunSQL(RATES_NEVER_OVERLAP, "ALTER TABLE contracts_rate DROP CONSTRAINT contracts_rate_no_overlap"),
        migrations.RunSQL(
            KEYS,
            "ALTER TABLE contracts_contract DROP CONSTRAINT contracts_contract_of_client;"
            "ALTER TABLE contracts_contact DROP CONSTRAINT contracts_contact_of_client;",
        ),
        migrations.RunSQL(
            ASSIGNMENT,
            "DROP TRIGGER contracts_assignment_guard ON contracts_assignment;"
            "DROP FUNCTION contracts_assignment_guard();",
        ),
    ]
