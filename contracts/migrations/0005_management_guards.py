"""The history of who managed whom, kept from the client's own columns whoever writes them."""

from django.db import migrations

NEVER_TWO = """
ALTER TABLE contracts_management ADD CONSTRAINT contracts_management_no_overlap EXCLUDE USING gist (
    int8range(company_id, company_id, '[]') WITH &&, daterange(first_day, last_day, '[]') WITH &&
) DEFERRABLE INITIALLY IMMEDIATE;
"""

# The columns of the client say what holds now; a company that changes its partner keeps the days of the former one.
HISTORY = """
CREATE FUNCTION contracts_keep_management() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    running contracts_management%ROWTYPE;
BEGIN
    IF NEW.managed_by_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM contracts_client p WHERE p.id = NEW.managed_by_id AND p.currency <> NEW.currency) THEN
        RAISE EXCEPTION 'client %: a managed company has the currency of its partner', NEW.external_id
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO running FROM contracts_management WHERE company_id = NEW.id ORDER BY id DESC LIMIT 1;
    IF FOUND AND TG_OP = 'UPDATE' AND NEW.managed_by_id IS NOT DISTINCT FROM OLD.managed_by_id THEN
        UPDATE contracts_management SET first_day = NEW.managed_from, last_day = NEW.managed_until
            WHERE id = running.id AND partner_id = NEW.managed_by_id;
        RETURN NULL;
    END IF;
    IF running.id IS NOT NULL AND TG_OP = 'UPDATE' AND OLD.managed_by_id IS NOT NULL THEN
        IF NEW.managed_by_id IS NOT NULL AND NEW.managed_from IS NULL THEN
            RAISE EXCEPTION 'client % changes its partner: say from which day on (managed_from)', NEW.external_id
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.managed_by_id IS NOT NULL AND running.first_day >= NEW.managed_from THEN
            DELETE FROM contracts_management WHERE id = running.id;
        ELSE
            UPDATE contracts_management SET last_day = least(
                last_day, CASE WHEN NEW.managed_by_id IS NULL THEN coalesce(NEW.managed_until, greatest(current_date, first_day))
                          ELSE NEW.managed_from - 1 END)
                WHERE id = running.id;
        END IF;
    END IF;
    IF NEW.managed_by_id IS NOT NULL THEN
        INSERT INTO contracts_management (company_id, partner_id, first_day, last_day)
            VALUES (NEW.id, NEW.managed_by_id, NEW.managed_from, NEW.managed_until);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contracts_keep_management_insert AFTER INSERT ON contracts_client FOR EACH ROW
    WHEN (NEW.managed_by_id IS NOT NULL) EXECUTE FUNCTION contracts_keep_management();
CREATE TRIGGER contracts_keep_management_update AFTER UPDATE ON contracts_client FOR EACH ROW
    WHEN ((NEW.managed_by_id, NEW.managed_from, NEW.managed_until) IS DISTINCT FROM
        (OLD.managed_by_id, OLD.managed_from, OLD.managed_until)) EXECUTE FUNCTION contracts_keep_management();
"""
EXISTING = """
INSERT INTO contracts_management (company_id, partner_id, first_day, last_day)
    SELECT id, managed_by_id, managed_from, managed_until FROM contracts_client WHERE managed_by_id IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0004_management_and_documents")]

    operations = [
        migrations.RunSQL(
            NEVER_TWO, "ALTER TABLE contracts_management DROP CONSTRAINT contracts_management_no_overlap"
        ),
        migrations.RunSQL(
            HISTORY,
            "DROP TRIGGER contracts_keep_management_update ON contracts_client;"
            "DROP TRIGGER contracts_keep_management_insert ON contracts_client;"
            "DROP FUNCTION contracts_keep_management();",
        ),
        migrations.RunSQL(EXISTING, "DELETE FROM contracts_management"),
    ]
