"""Calls of managed companies, known from their beginning."""

from __future__ import annotations

from office.unbilled.of_partners import OF_COMPANY, rows_of
from office.unbilled.units import Units
from rating.gateway.kinds import CALL

COMPANY = OF_COMPANY.format(column="k.company_id")
UNITS = f"""
    SELECT k.id, k.external_id AS reference, k.company_id, o.external_id AS client, o.currency, k.started_at AS moment,
        (k.started_at AT TIME ZONE %(zone)s)::date AS dated, k.duration_seconds::bigint AS seconds,
        NULL::bigint AS price_cents,
        CASE WHEN k.status NOT IN ('completed', 'ended') THEN ARRAY['not_counted', 'call_not_completed'] END AS own
    FROM gateway_billing_call k JOIN contracts_client o ON o.id = k.company_id
    WHERE k.started_at <= %(at)s AND {COMPANY}
"""
COUNT = f"""
    SELECT '{CALL}', count(*) FROM gateway_billing_call k WHERE k.started_at <= %(at)s AND {COMPANY} HAVING count(*) > 0
"""

CALLS = Units(COUNT, rows_of(CALL, UNITS))
