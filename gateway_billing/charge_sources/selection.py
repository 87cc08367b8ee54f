"""Which units of a mass a month bills, as SQL that planning and claiming share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from gateway_billing.month_charge import Placed, Settling, UnitsChanged
from gateway_billing.partner_month import PartnerMonth
from invoicing.claims import double_billing

# What came in after its month was closed, as the triggers of the usage noted it. A month that is open again, or was
# never run, waits for its own run.
LATE = """
(SELECT l.source_id, l.month FROM gateway_billing_lateunit l
 WHERE l.partner_id = %(partner)s AND l.kind = %(kind)s AND l.month < %(first_day)s AND EXISTS (
    SELECT FROM gateway_billing_monthrun r
    WHERE r.partner_id = l.partner_id AND r.period_start = l.month AND r.reopened_at IS NULL))
"""
# A scalar subquery stays one probe of the unique index per unit, however many claims there are and whatever the
# statistics say of them; as NOT EXISTS it may become a join that reads all claims of all years.
CLAIMED = """
((SELECT c.id FROM invoicing_claim c
 WHERE c.kind = %(kind)s AND c.source_id = u.id AND c.part = '' AND c.released_at IS NULL LIMIT 1) IS NOT NULL)
"""
NOT_HELD = """
(NOT %(some_held)s OR (SELECT l.id FROM gateway_billing_lateunit l
    WHERE l.kind = 'held:' || %(kind)s AND l.source_id = u.id LIMIT 1) IS NULL)
"""
# Units whose group has no line are free, and refer to the run of the month.
CLAIM_HEAD = """
INSERT INTO invoicing_claim (kind, source_id, part, outcome, line_id, reference, claimed_at, released_by,
    release_reason, quantity, amount_cents)
SELECT %(kind)s, u.id, '', CASE WHEN u.line_id IS NULL THEN 'free' ELSE 'billed' END, u.line_id,
    CASE WHEN u.line_id IS NULL THEN %(reference)s ELSE '' END, %(at)s, '', '',
"""


def arguments(month: PartnerMonth, kind: str) -> dict[str, Any]:
    """When in the month which company was managed, as three lists in one order, and the arguments of `LATE`."""
    intervals = list(month.intervals())
    return {
        "kind": kind,
        "month": month.label,
        "partner": month.partner.pk,
        "first_day": month.period.first_day,
        "some_held": kind in month.held.masses,
        "companies": [one.company for one in intervals],
        "since": [one.since for one in intervals],
        "until": [one.until for one in intervals],
    }


def rows(query: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return list(cursor.fetchall())


def claim_mass(query: str, given: dict[str, Any], placed: Sequence[Placed], settling: Settling) -> None:
    """Claim exactly the planned units in one statement; `{claimed}` in it says which to leave out.

    Where planning found nothing claimed, claims are not looked up a second time: what was claimed meanwhile, the unique
    index refuses. Raises UnitsChanged where it finds others, and DoubleBilling where one of them has been claimed
    meanwhile.
    """
    alone = all(one.planned.mass.alone for one in placed if one.planned.mass)
    with double_billing(), connection.cursor() as cursor:
        cursor.execute(
            query.format(claimed="false" if alone else CLAIMED),
            given | {"reference": settling.reference, "at": settling.at},
        )
        claimed = cursor.rowcount
    if claimed != (planned := sum(one.planned.units for one in placed)):
        raise UnitsChanged(f"{planned} units of kind {given['kind']} were planned, {claimed} were there to be claimed")
