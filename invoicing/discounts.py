"""Which discounts a draft would take: its own, and its client's for the month unless another document took them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from invoicing.bulk import copy_rows
from invoicing.models import Discount, DiscountUse, Invoice
from rating.discount import Offer, Taken


@dataclass(frozen=True, slots=True)
class Offered:
    """The discounts that nothing has taken yet, for drafts that are issued on a day."""

    of_draft: dict[int, list[Offer]]
    of_month: dict[tuple[int, date], list[Offer]]
    on: date

    def to(self, draft: Invoice) -> list[Offer]:
        """What the draft would take if it were the next of its month to be issued."""
        return [
            *self.of_draft.get(draft.pk, ()),
            *self.of_month.get((draft.client_id, month_of(draft, self.on)), ()),
        ]


def month_of(draft: Invoice, on: date) -> date:
    """The first day of the month that the draft bills; of the day of its issue where it has no period."""
    return (draft.period_start or on).replace(day=1)


def offered(drafts: Sequence[Invoice], *, on: date, lock: bool = False) -> Offered:
    """The discounts for these drafts. `lock` keeps other documents from taking them until the transaction ends."""
    found = _of(drafts, on)
    if lock:
        # The uses are read by a statement of its own: after a wait it sees what the other document took.
        found = found.select_for_update(no_key=True)
    discounts = list(found)
    used = _used(discounts)
    of_draft, of_month = defaultdict[int, list[Offer]](list), defaultdict[tuple[int, date], list[Offer]](list)
    for one in discounts:
        offer = Offer(one.pk, one.percent, one.amount_cents, one.reason)
        if one.pk in used:
            continue
        if one.invoice_id is not None:
            of_draft[one.invoice_id].append(offer)
        elif one.month is not None:
            of_month[one.client_id, one.month].append(offer)
    return Offered(of_draft, of_month, on)


def record_uses(taken: Iterable[tuple[int, Taken]], *, at: datetime) -> None:
    """Store what documents took, given as (primary key of the document, what it took)."""
    rows = [(one.offer.key, document, one.cents, at) for document, one in taken]
    if rows:
        copy_rows(DiscountUse, ("discount_id", "invoice_id", "amount_cents", "used_at"), rows)


def _of(drafts: Sequence[Invoice], on: date) -> QuerySet[Discount]:
    clients = {draft.client_id for draft in drafts}
    months = {month_of(draft, on) for draft in drafts}
    own = Q(invoice__in=[draft.pk for draft in drafts])
    return Discount.objects.filter(own | Q(client__in=clients, month__in=months)).order_by("pk")


def _used(discounts: Sequence[Discount]) -> set[int]:
    if not discounts:
        return set()
    uses = DiscountUse.objects.filter(discount__in=discounts, released_at__isnull=True)
    return set(uses.values_list("discount_id", flat=True))
