"""What a person should look at before a draft is issued: what is new, gone or changed, and what is out of the ordinary.

Compared is with the client's last document of the kind; ordinary is what the three full months before cost. All of it
is read in sets, and costs what these documents cost, not what history does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db import connection

from invoicing.lifecycle.totals import issue_day
from invoicing.models import Invoice

# An amount above so many times, a price above so many times the median of three months.
AMOUNT_TIMES: Final = 5
RATE_TIMES: Final = 10
MONTHS: Final = 3
LINE, RATE, TOTAL = "line", "rate", "total"
NEW, GONE, CHANGED = "new", "gone", "changed"


class Item(NamedTuple):
    """What is compared from document to document: lines of a company and kind, each recurring thing by itself."""

    company: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """What an item cost on the last document and costs now, in minor units; None where it is on one of them only."""

    item: Item
    description: str
    before_cents: int | None
    now_cents: int | None

    @property
    def what(self) -> str:
        """New, gone or changed."""
        if self.before_cents is None:
            return NEW
        return GONE if self.now_cents is None else CHANGED

    @property
    def difference_cents(self) -> int:
        """What the draft costs more, in minor units; below zero where it costs less."""
        return (self.now_cents or 0) - (self.before_cents or 0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A draft beside the last document; the changes with the largest difference first."""

    last: Invoice
    changes: Sequence[Change]
    same: int


# The things that recur are known by their own name, everything else by its company and kind.
ITEMS = """
SELECT l.invoice_id, coalesce(c.name, ''), l.kind, coalesce(
        l.explanation -> 'inputs' ->> 'recurring_charge', l.explanation -> 'inputs' ->> 'service',
        l.explanation -> 'inputs' ->> 'output_configuration', ''), min(l.description), sum(l.amount_cents)::bigint
FROM invoicing_invoiceline l LEFT JOIN contracts_client c ON c.id = l.company_id
WHERE l.invoice_id = ANY(%s) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""


def last_document(draft: Invoice) -> Invoice | None:
    """The client's last issued document of the kind, of an earlier period where the draft has one."""
    issued = (Invoice.Status.OPEN, Invoice.Status.PAID, Invoice.Status.UNCOLLECTIBLE)
    found = Invoice.objects.filter(
        client=draft.client_id, kind=draft.kind, currency=draft.currency, status__in=issued, cancels=None
    )
    if draft.period_start is not None:
        found = found.filter(period_start__lt=draft.period_start).order_by("-period_start", "-pk")
    else:
        found = found.order_by("-issue_on", "-pk")
    return found.first()


def compare(draft: Invoice) -> Comparison | None:
    """What the draft bills more, less or otherwise than the last document; None where it is the first."""
    last = last_document(draft)
    if last is None:
        return None
    told: dict[int, dict[Item, tuple[str, int]]] = {draft.pk: {}, last.pk: {}}
    with connection.cursor() as cursor:
        cursor.execute(ITEMS, [[draft.pk, last.pk]])
        for document, company, kind, name, description, cents in cursor.fetchall():
            told[document][Item(company, kind, name)] = (description, cents)
    now, before = told[draft.pk], told[last.pk]
    changes = [
        Change(
            item,
            (now.get(item) or before[item])[0],
            before[item][1] if item in before else None,
            now[item][1] if item in now else None,
        )
        for item in dict.fromkeys([*now, *before])
        if now.get(item, ("", None))[1] != before.get(item, ("", None))[1]
    ]
    changes.sort(key=lambda one: (-abs(one.difference_cents), one.item))
    return Comparison(last, changes, len(now.keys() & before.keys()) - sum(one.what == CHANGED for one in changes))


@dataclass(frozen=True, slots=True)
class Outlier:
    """A line's amount or price, or a whole draft, far above the usual. Amounts in minor units, prices in major units.

    `line` and `position` are None for the whole draft.
    """

    what: str
    line: int | None
    position: int | None
    is_now: Decimal
    usual: Decimal


DRAFTS = """
drafts AS (
    SELECT id, client_id, kind, currency, subtotal_cents FROM invoicing_invoice WHERE id = ANY(%(drafts)s)
), past AS (
    SELECT d.id AS draft, i.id, i.issue_on, i.subtotal_cents FROM drafts d
    JOIN invoicing_invoice i ON i.client_id = d.client_id AND i.kind = d.kind AND i.currency = d.currency
    WHERE i.status IN ('open', 'paid', 'uncollectible') AND i.cancels_id IS NULL
        AND i.issue_on >= %(since)s AND i.issue_on < %(until)s
), known AS (
    SELECT draft, percentile_disc(0.5) WITHIN GROUP (ORDER BY subtotal_cents) FILTER (WHERE subtotal_cents > 0) AS usual
    FROM past GROUP BY draft HAVING count(DISTINCT date_trunc('month', issue_on)) >= %(months)s
)
"""
# Nothing is a price: what was free takes no part in the median, and what is free now is never out of bounds.
UNUSUAL_LINES = f"""
WITH {DRAFTS}, usual AS (
    SELECT k.draft, l.company_id, l.kind, l.unit,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY l.amount_cents) AS amount,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY l.unit_price / l.price_per) AS rate
    FROM known k JOIN past p ON p.draft = k.draft JOIN invoicing_invoiceline l ON l.invoice_id = p.id
    WHERE l.amount_cents > 0 GROUP BY 1, 2, 3, 4
)
SELECT l.invoice_id, l.id, l.position, l.amount_cents, u.amount, l.unit_price / l.price_per, u.rate
FROM usual u JOIN invoicing_invoiceline l ON l.invoice_id = u.draft AND l.kind = u.kind AND l.unit = u.unit
    AND l.company_id IS NOT DISTINCT FROM u.company_id
WHERE l.amount_cents > %(amount_times)s * u.amount OR l.unit_price / l.price_per > %(rate_times)s * u.rate
ORDER BY l.invoice_id, l.position
"""
UNUSUAL_TOTALS = f"""
WITH {DRAFTS} SELECT d.id, d.subtotal_cents, k.usual FROM drafts d JOIN known k ON k.draft = d.id
WHERE d.subtotal_cents > %(amount_times)s * k.usual
"""


def outliers_of(drafts: Iterable[int], *, at: datetime) -> dict[int, list[Outlier]]:
    """What is out of bounds on drafts, by their keys: none for clients without three months of history."""
    first = issue_day(at).replace(day=1)
    wanted: dict[str, Any] = {
        "drafts": list(drafts), "since": _months_before(first, MONTHS), "until": first, "months": MONTHS,
        "amount_times": AMOUNT_TIMES, "rate_times": RATE_TIMES,
    }  # fmt: skip
    found: dict[int, list[Outlier]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(UNUSUAL_TOTALS, wanted)
        for draft, cents, usual in cursor.fetchall():
            found[draft].append(Outlier(TOTAL, None, None, Decimal(cents), Decimal(usual)))
        cursor.execute(UNUSUAL_LINES, wanted)
        for draft, line, position, cents, usual_cents, price, usual_price in cursor.fetchall():
            if cents > AMOUNT_TIMES * usual_cents:
                found[draft].append(Outlier(LINE, line, position, Decimal(cents), Decimal(usual_cents)))
            if price > RATE_TIMES * usual_price:
                found[draft].append(Outlier(RATE, line, position, price, usual_price))
    return dict(found)


def _months_before(first: date, months: int) -> date:
    years, month = divmod(first.year * 12 + first.month - 1 - months, 12)
    return first.replace(year=years, month=month + 1)
