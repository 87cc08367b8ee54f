"""Services and flat fees of closed months that a credit note gave back: their month is charged on the next invoice."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection

from gateway_billing.partner_month import PartnerMonth

# Such a unit is named by the claim that was released: it tells the kind, the key and the month.
GIVEN_BACK = "claim"
UNITS = """
SELECT c.source_id, c.part, l.company_id FROM gateway_billing_lateunit l JOIN invoicing_claim c ON c.id = l.source_id
WHERE l.partner_id = %s AND l.kind = %s AND l.month < %s AND c.kind = %s AND EXISTS (
    SELECT FROM gateway_billing_monthrun r
    WHERE r.partner_id = l.partner_id AND r.period_start = l.month AND r.reopened_at IS NULL)
ORDER BY 2, 1
"""


class GivenBack(NamedTuple):
    """A unit, the month of it that was given back ("2026-01"), and its company."""

    id: int
    month: str
    company: int


def given_back(month: PartnerMonth, kind: str) -> list[GivenBack]:
    """What of that kind was given back of months that stay closed, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(UNITS, [month.partner.pk, GIVEN_BACK, month.period.first_day, kind])
        return [GivenBack(*row) for row in cursor.fetchall()]
