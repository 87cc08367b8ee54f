"""Setup fees of managed companies, known since they were agreed; a company pays once it has started."""

from __future__ import annotations

from office.unbilled.of_partners import OF_COMPANY, rows_of
from office.unbilled.units import Units
from rating.gateway.kinds import SETUP_FEE

COMPANY = OF_COMPANY.format(column="f.company_id")
HELD = f"EXISTS (SELECT FROM gateway_billing_lateunit WHERE kind = 'held:{SETUP_FEE}' AND source_id = f.id)"
MANAGED = """
EXISTS (SELECT FROM contracts_management WHERE company_id = f.company_id
    AND %(day)s::date BETWEEN coalesce(first_day, '-infinity') AND coalesce(last_day, 'infinity'))
"""
# It has no month: it is on the next invoice to whoever manages the company then.
OWN = f"""
    CASE WHEN f.setup_fee_billed_elsewhere <> '' THEN ARRAY['elsewhere', 'billed_elsewhere']
        WHEN o.started_on > %(day)s THEN ARRAY['open', 'company_not_started']
        WHEN {HELD} THEN ARRAY['held', 'held_by_person']
        WHEN NOT {MANAGED} THEN ARRAY['skipped', 'not_managed']
        ELSE ARRAY['pending', 'next_invoice'] END
"""
UNITS = f"""
    SELECT f.id, f.external_id AS reference, f.company_id, o.external_id AS client, o.currency,
        NULL::timestamptz AS moment, o.started_on AS dated, NULL::bigint AS seconds,
        round(f.setup_fee * (%(scales)s::jsonb ->> o.currency)::numeric)::bigint AS price_cents, {OWN} AS own
    FROM gateway_billing_feeschedule f JOIN contracts_client o ON o.id = f.company_id
    WHERE f.setup_fee IS NOT NULL AND {COMPANY}
"""
COUNT = f"""
    SELECT '{SETUP_FEE}', count(*) FROM gateway_billing_feeschedule f WHERE f.setup_fee IS NOT NULL AND {COMPANY}
    HAVING count(*) > 0
"""

SETUP_FEES = Units(COUNT, rows_of(SETUP_FEE, UNITS))
