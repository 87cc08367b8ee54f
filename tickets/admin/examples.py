"""What the terms of a contract come to: a few tickets, rated as billing would rate them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

import config
from accounts.language import active
from contracts.agreements import Agreements, Binding
from contracts.models import Contract
from invoicing.display import money
from invoicing.explaining import in_words
from rating.coverage import Left, month_of
from rating.numerals import day
from rating.outcome import Rated
from rating.terms import CardRate, Terms
from rating.ticket import rate_ticket
from rating.work import Fee, Work
from tickets.admin.samples import Sample, samples
from tickets.balances import account
from tickets.reasons import sentence

TEMPLATE = "tickets/admin/examples.html"


@dataclass(frozen=True, slots=True)
class Agreed:
    """A contract as stored or as typed, and its terms with every gap filled."""

    contract: Contract
    terms: Terms
    today: date

    @property
    def fee(self) -> Fee | None:
        """The price of the ticket, where one is agreed."""
        found = Binding(self.contract).fee
        return Fee(1, *found) if found else None


@dataclass(frozen=True, slots=True)
class Price:
    """What a ticket comes to: beyond the allowance, and while it lasts (the same where there is none)."""

    amount: str
    covered: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A ticket and its price; `before` is its price under the terms as saved, None where nothing is compared."""

    what: str
    when: str
    price: Price
    before: Price | None = None

    @property
    def differs(self) -> bool:
        """Whether the ticket costs something else under the terms as saved."""
        return self.before is not None and self._figures(self.before) != self._figures(self.price)

    @staticmethod
    def _figures(price: Price) -> tuple[str, str]:
        return price.amount, price.covered


def shown_examples(contract: Contract, request: HttpRequest, at: datetime) -> Mapping[str, Any]:
    """The examples under the terms as stored, or the problem that keeps them from being rated."""
    live = ""
    if request.user.has_perm("contracts.change_contract"):
        live = reverse("contract-example", args=[contract.pk])
    return {"live": live, "at_once": request.method == "POST", **priced(contract, at=at)}


def shown_blank(request: HttpRequest, _at: datetime) -> Mapping[str, Any]:
    """The panel of a contract that nobody has written down yet."""
    return {"live": reverse("contract-new-example"), "at_once": request.method == "POST", "is_new": True}


def priced(
    contract: Contract, *, at: datetime, card: Sequence[CardRate] | None = None, saved: Contract | None = None
) -> Mapping[str, Any]:
    """The examples for the panel, or the `problem`; with `card` in place of the stored one, compared with `saved`."""
    try:
        now = _agreed(contract, at=at, card=card)
        chosen = samples(contract, now.terms, now.today)
        before = _prices(_agreed(saved, at=at), chosen) if saved is not None else [None] * len(chosen)
        found = [
            Example(one.what, day(one.day.isoformat(), active()), price, earlier)
            for one, price, earlier in zip(chosen, _prices(now, chosen), before, strict=True)
        ]
    except (ValueError, LookupError) as problem:
        return {"problem": str(problem)}
    limited = any(one.has_limited_allowance for one in (contract, saved) if one is not None)
    return {"examples": found, "allowance": limited, "differing": sum(one.differs for one in found)}


def _agreed(contract: Contract, *, at: datetime, card: Sequence[CardRate] | None = None) -> Agreed:
    agreements = Agreements.read([contract.client_id], [], config.billing())
    if card is not None:
        agreements.cards[contract.pk] = tuple(card)
    terms = agreements.terms(contract.client_id, Binding(contract))
    return Agreed(contract, terms, at.astimezone(agreements.clients[contract.client_id].zone).date())


def _prices(agreed: Agreed, chosen: Sequence[Sample]) -> list[Price]:
    return [_price(agreed, one.work(agreed.terms.timezone, agreed.fee)) for one in chosen]


def _price(agreed: Agreed, work: Work) -> Price:
    terms = agreed.terms
    rated = rate_ticket(work, replace(terms, included_tickets=None, included_seconds=None), {})
    words = tuple(text for one in rated.charges for text in in_words(one.explanation.as_dict()))
    amount = _came_to(rated, terms.currency)
    if not agreed.contract.has_limited_allowance:
        return Price(amount, amount, words)
    return Price(amount, _came_to(_while_it_lasts(work, agreed), terms.currency), words)


def _while_it_lasts(work: Work, agreed: Agreed) -> Rated:
    """Rated with nothing of the allowances used yet."""
    contract = agreed.contract
    left = Left(contract.included_tickets, None if contract.rolls_over else contract.included_seconds)
    return rate_ticket(work, agreed.terms, {month_of(work.time[0].worked_on): left}, account(contract, {}))


def _came_to(rated: Rated, currency: str) -> str:
    cents = sum(charge.amount_cents for charge in rated.charges)
    return money(cents, currency) if cents or not rated.reason else sentence(rated.reason)
