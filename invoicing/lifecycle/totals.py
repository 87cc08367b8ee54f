"""A document's sums, worked out from its lines: the same for the preview of a draft and for its issue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

import config
from contracts.models import Client
from invoicing.discounts import Offered, offered
from invoicing.models import Invoice
from invoicing.tax import STANDARD, Treatments, treatments
from rating.discount import Offer, Taken, taken
from rating.tax import Totals, totals


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """Lines of a draft that are taxed alike: services or goods, with what the items say of their own rate."""

    goods: bool
    item_rate: Decimal | None
    amount_cents: int


@dataclass(frozen=True, slots=True)
class DocumentSums:
    """Totals with their tax lines and the discounts in them, or the problem that keeps a draft from having them.

    `rests_on_vat_id`: some of it is untaxed because the buyer is registered for VAT in another country.
    """

    totals: Totals | None = None
    treatments: Treatments | None = None
    discounts: tuple[Taken, ...] = ()
    rests_on_vat_id: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """What the sums of some drafts are made of, read in sets."""

    groups: Mapping[int, Sequence[ItemGroup]]
    offered: Offered

    def sums(self, draft: Invoice, *, gone: Set[int] = frozenset()) -> DocumentSums:
        """The sums of a draft; `gone` are the keys of discounts that another document of the batch takes."""
        offers = [offer for offer in self.offered.to(draft) if offer.key not in gone]
        return sums_from(draft.client, self.groups[draft.pk], offers)


BY_RATE = """
SELECT invoice_id, goods, item_tax_rate, sum(amount_cents) FROM invoicing_invoiceline
WHERE invoice_id = ANY(%s) GROUP BY invoice_id, goods, item_tax_rate
"""


def issue_day(at: datetime) -> date:
    """The day on which a document carries that is issued at this moment: the issuer's."""
    return at.astimezone(config.billing().zone).date()


def facts_of(drafts: Sequence[Invoice], *, on: date, lock: bool = False) -> DraftFacts:
    """What is needed for the sums of drafts that are issued on a day. `lock` keeps their discounts for them."""
    groups: dict[int, list[ItemGroup]] = {draft.pk: [] for draft in drafts}
    with connection.cursor() as cursor:
        cursor.execute(BY_RATE, [list(groups)])
        for pk, goods, rate, cents in cursor.fetchall():
            groups[pk].append(ItemGroup(goods, rate, int(cents)))
    return DraftFacts(groups, offered(drafts, on=on, lock=lock))


def sums_of(drafts: Iterable[Invoice], *, at: datetime) -> dict[int, DocumentSums]:
    """The sums of each draft as if it were the next document to be issued, by primary key; as many queries as for one.

    Reads `client` of each draft.
    """
    found = list(drafts)
    facts = facts_of(found, on=issue_day(at))
    return {draft.pk: facts.sums(draft) for draft in found}


def sums_from(client: Client, groups: Sequence[ItemGroup], offers: Iterable[Offer] = ()) -> DocumentSums:
    """The sums of lines that need not be stored, with these discounts; the only place where a document is summed."""
    try:
        treated = treatments(client, config.billing())
    except ValueError as problem:
        return DocumentSums(problem=str(problem))
    if strange := _strange(groups, treated):
        return DocumentSums(
            problem=f"a line has the tax rate {strange}, which is not among the rates of this installation"
        )
    discounts = taken(sum(group.amount_cents for group in groups), offers)
    rated = [
        (treated.of(group.goods).category_of(group.item_rate), treated.of(group.goods).rate_of(group.item_rate),
         group.amount_cents)
        for group in groups
    ]  # fmt: skip
    return DocumentSums(
        totals(rated, sum(one.cents for one in discounts)),
        treated,
        discounts,
        any(treated.of(group.goods).rests_on_vat_id for group in groups),
    )


def _strange(groups: Sequence[ItemGroup], treated: Treatments) -> str:
    """Rates that items claim and the installation does not know, where an item's own rate counts."""
    settings = config.billing()
    known = {settings.standard_tax_rate, *settings.reduced_tax_rates, Decimal(0)}
    own = {group.item_rate for group in groups if treated.of(group.goods).category == STANDARD}
    return ", ".join(
        f"{rate.normalize():f} %" for rate in sorted(rate for rate in own if rate is not None) if rate not in known
    )
