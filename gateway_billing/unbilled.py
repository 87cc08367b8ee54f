"""What a partner's month does not bill, counted by reason (G-11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from gateway_billing.charge_sources.selection import arguments, rows
from gateway_billing.models import ServiceChange
from gateway_billing.partner_month import PartnerMonth

SPANS = """
unnest(%(companies)s::bigint[], %(since)s::timestamptz[], %(until)s::timestamptz[]) m(company_id, since, until)
"""
CALLS = f"""
SELECT 'call_not_completed', count(*) FROM {SPANS} CROSS JOIN LATERAL (
    SELECT FROM gateway_billing_call WHERE company_id = m.company_id AND started_at >= m.since AND started_at < m.until
        AND status NOT IN ('completed', 'ended') OFFSET 0) k
"""
# Cases that were sent in the month, with the first reason that keeps them from being billed by the case.
SENT = f"""
SELECT CASE WHEN s.waived_at IS NOT NULL THEN 'waived' WHEN NOT s.is_billable THEN 'not_billable'
    WHEN o.id IS NULL THEN 'no_configuration' WHEN o.billing_mode <> 'per_case' THEN 'flat_or_none'
    ELSE 'inactive_configuration' END, count(*)
FROM {SPANS} CROSS JOIN LATERAL (
    SELECT is_billable, waived_at, category_id FROM gateway_billing_servicecase
    WHERE company_id = m.company_id AND output_sent_at >= m.since AND output_sent_at < m.until OFFSET 0) s
LEFT JOIN gateway_billing_casecategory g ON g.id = s.category_id
LEFT JOIN gateway_billing_outputconfiguration d ON d.company_id = m.company_id AND d."default"
LEFT JOIN gateway_billing_outputconfiguration o ON o.id = coalesce(g.output_configuration_id, d.id)
WHERE s.waived_at IS NOT NULL OR NOT s.is_billable OR o.id IS NULL OR o.billing_mode <> 'per_case' OR NOT o.active
GROUP BY 1
"""
# Cases that were not sent have no day but that of their creation.
NOT_SENT = f"""
SELECT s.output_status, count(*) FROM {SPANS} CROSS JOIN LATERAL (
    SELECT output_status FROM gateway_billing_servicecase
    WHERE company_id = m.company_id AND created_at >= m.since AND created_at < m.until AND output_sent_at IS NULL
    OFFSET 0) s GROUP BY 1
"""
UNBILLED = f"{CALLS} UNION ALL {SENT} UNION ALL {NOT_SENT}"


def count_unbilled(month: PartnerMonth) -> Mapping[str, int]:
    """How many units of the month are not billed, by reason; in two queries."""
    counts: Counter[str] = Counter()
    for reason, units in rows(UNBILLED, arguments(month, "")):
        counts[reason] += units
    pending = ServiceChange.objects.filter(
        company__in=month.companies,
        status=ServiceChange.Status.PENDING,
        service_date__range=month.period.to_date_range(),
    )
    counts["change_not_approved"] += sum(
        month.companies[company].managed_on(day) for company, day in pending.values_list("company_id", "service_date")
    )
    return {reason: units for reason, units in counts.items() if units}
