"""Which partners have something to bill for a month, and which of their months are due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

import config
from contracts.models import Client, Management

# A partner that manages a company in the month, or has something left of companies that it managed earlier.
HAS_MONTH = """
(EXISTS (SELECT FROM contracts_management m WHERE m.partner_id = p.id
    AND coalesce(m.first_day, '-infinity') <= {last} AND coalesce(m.last_day, 'infinity') >= {first})
 OR EXISTS (SELECT FROM gateway_billing_lateunit l
    WHERE l.partner_id = p.id AND l.month < {first} AND l.kind NOT LIKE 'held:%%')
 OR EXISTS (SELECT FROM contracts_management m JOIN gateway_billing_servicechange s ON s.company_id = m.company_id
    WHERE m.partner_id = p.id AND s.status = 'approved' AND NOT s.settled
        AND s.service_date <= least(m.last_day, {last}) AND s.service_date >= coalesce(m.first_day, '-infinity'))
 OR EXISTS (SELECT FROM contracts_management m JOIN contracts_clientcharge s ON s.client_id = m.company_id
    WHERE m.partner_id = p.id AND NOT s.settled
        AND s.charged_on <= least(m.last_day, {last}) AND s.charged_on >= coalesce(m.first_day, '-infinity')))
"""
OF_MONTH = f"""
SELECT p.id FROM contracts_client p WHERE p.id IN (SELECT partner_id FROM contracts_management)
    AND {HAS_MONTH.format(first="%(first)s::date", last="%(last)s::date")} ORDER BY p.name, p.external_id
"""
# Automation runs the month that has just ended and, from the first month that was ever run on, those that were left
# out. Usage from before that waits for a person.
DUE = f"""
SELECT p.id, d.month FROM contracts_client p
CROSS JOIN LATERAL (SELECT (date_trunc('month', %(at)s AT TIME ZONE coalesce(nullif(p.timezone, ''), %(zone)s))
    - interval '1 month')::date AS latest) t
CROSS JOIN LATERAL (SELECT least(t.latest, min(r.period_start)) AS first
    FROM gateway_billing_monthrun r WHERE r.partner_id = p.id) s
CROSS JOIN LATERAL (SELECT g::date AS month, (g + interval '1 month' - interval '1 day')::date AS last_day
    FROM generate_series(s.first::timestamp, t.latest::timestamp, interval '1 month') g) d
WHERE p.id IN (SELECT partner_id FROM contracts_management)
    AND (%(partner)s::bigint IS NULL OR p.id = %(partner)s)
    AND NOT EXISTS (SELECT FROM gateway_billing_monthrun r
        WHERE r.partner_id = p.id AND r.period_start = d.month AND r.reopened_at IS NULL)
    AND NOT EXISTS (SELECT FROM gateway_billing_monthattempt a
        WHERE a.partner_id = p.id AND a.period_start = d.month AND (a.next_at IS NULL OR a.next_at > %(at)s))
    AND (d.month = t.latest AND {HAS_MONTH.format(first="d.month", last="d.last_day")} OR EXISTS (
        SELECT FROM contracts_management m WHERE m.partner_id = p.id
            AND coalesce(m.first_day, '-infinity') <= d.last_day AND coalesce(m.last_day, 'infinity') >= d.month))
ORDER BY p.id, d.month
"""


@dataclass(frozen=True, slots=True)
class DueMonth:
    """A month that automation should run for a partner; `month` is its first day."""

    partner: int
    month: date

    @property
    def label(self) -> str:
        """The month as "2026-01"."""
        return f"{self.month:%Y-%m}"


def is_partner(client: Client) -> bool:
    """Whether the client manages others, or did."""
    return client.is_partner or Management.objects.filter(partner=client).exists()


def partners_of_month(first: date, last: date) -> Sequence[int]:
    """The partners with something to bill for the month from `first` to `last`, by name."""
    with connection.cursor() as cursor:
        cursor.execute(OF_MONTH, {"first": first, "last": last})
        return [pk for (pk,) in cursor.fetchall()]


def due_months(*, at: datetime, partner: int | None = None) -> list[DueMonth]:
    """The months that automation should have run by now, of one partner or of all, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"at": at, "zone": config.billing().timezone, "partner": partner})
        return [DueMonth(*row) for row in cursor.fetchall()]
