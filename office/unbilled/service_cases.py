"""Service cases of managed companies, known from their creation; they belong to the month in which they were sent."""

from __future__ import annotations

from office.unbilled.of_partners import OF_COMPANY, rows_of
from office.unbilled.units import Units
from rating.gateway.cases import EMAIL_CENTS, WEBHOOK_CENTS
from rating.gateway.kinds import CASE

COMPANY = OF_COMPANY.format(column="s.company_id")
# What was waived or sent later was not so then. What was sent since counts as failed no more.
OWN = """
    CASE WHEN s.waived_at <= %(at)s THEN ARRAY['waived', 'waived']
        WHEN NOT s.is_billable THEN ARRAY['not_counted', 'not_billable']
        WHEN s.output_status = 'failed' THEN ARRAY['open', 'output_failed']
        WHEN coalesce(s.output_sent_at, 'infinity') > %(at)s THEN ARRAY['open', 'output_pending']
        WHEN g.id IS NULL THEN ARRAY['skipped', 'no_configuration']
        WHEN g.billing_mode <> 'per_case' THEN ARRAY['skipped', 'flat_or_none']
        WHEN NOT g.active THEN ARRAY['skipped', 'inactive_configuration'] END
"""
PRICE = f"""
    CASE WHEN g.active AND g.billing_mode = 'per_case' THEN coalesce(g.base_price_cents, 0)
        + CASE WHEN g.output_type <> 'webhook' THEN coalesce(g.email_price_cents, {EMAIL_CENTS}) ELSE 0 END
        + CASE WHEN g.output_type <> 'email' THEN coalesce(g.webhook_price_cents, {WEBHOOK_CENTS}) ELSE 0 END END
"""
UNITS = f"""
    SELECT s.id, s.external_id AS reference, s.company_id, o.external_id AS client, o.currency,
        s.output_sent_at AS moment, (s.created_at AT TIME ZONE %(zone)s)::date AS dated, NULL::bigint AS seconds,
        {PRICE} AS price_cents, {OWN} AS own
    FROM gateway_billing_servicecase s JOIN contracts_client o ON o.id = s.company_id
    LEFT JOIN gateway_billing_casecategory y ON y.id = s.category_id
    LEFT JOIN gateway_billing_outputconfiguration d ON d.company_id = s.company_id AND d."default"
    LEFT JOIN gateway_billing_outputconfiguration g ON g.id = coalesce(y.output_configuration_id, d.id)
    WHERE s.created_at <= %(at)s AND {COMPANY}
"""
COUNT = f"""
    SELECT '{CASE}', count(*) FROM gateway_billing_servicecase s WHERE s.created_at <= %(at)s AND {COMPANY}
    HAVING count(*) > 0
"""

SERVICE_CASES = Units(COUNT, rows_of(CASE, UNITS))
