"""What the terms of a contract come to: three tickets, rated as billing would rate them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

import config
from contracts.agreements import Agreements, Binding
from contracts.models import Contract
from invoicing.display import money
from invoicing.explaining import in_words
from rating.coverage import Left, month_of
from rating.outcome import Rated
from rating.terms import Terms
from rating.ticket import rate_ticket
from rating.work import Fee, Work, WorkedTime
from tickets.balances import account
from tickets.reasons import sentence

SATURDAY = 5
START = time(10, 0)
LONG, SHORT = 80 * 60, 5 * 60


@dataclass(frozen=True, slots=True)
class Example:
    """A piece of work and its price. `covered`: what it comes to while the allowance lasts, "" without allowance."""

    what: str
    amount: str
    covered: str
    words: tuple[str, ...]


def shown_examples(contract: Contract, _request: HttpRequest, at: datetime) -> Mapping[str, Any]:
    """The examples under the terms as stored, or the problem that keeps them from being rated."""
    try:
        return {"examples": list(_examples(contract, at=at)), "allowance": contract.has_limited_allowance}
    except (ValueError, LookupError) as problem:
        return {"problem": str(problem)}


def _examples(contract: Contract, *, at: datetime) -> Iterable[Example]:
    agreements = Agreements.read([contract.client_id], [], config.billing())
    client, binding = agreements.clients[contract.client_id], Binding(contract)
    terms = agreements.terms(client.pk, binding)
    first = _first_day(contract, at.astimezone(client.zone).date())
    weekday = _next(first, lambda day: day.weekday() < SATURDAY and not terms.holidays(day))
    saturday = _next(first, lambda day: day.weekday() == SATURDAY and not terms.holidays(day))
    for what, day, seconds in (
        (_("A ticket of 1 h 20 on a weekday"), weekday, [LONG]),
        (_("A ticket of 1 h 20 on a Saturday"), saturday, [LONG]),
        (_("Two tickets of 5 minutes on a weekday"), weekday, [SHORT, SHORT]),
    ):
        works = [_work(number, day, length, binding, client.zone) for number, length in enumerate(seconds, 1)]
        yield _example(what, works, contract, terms)


def _example(what: str, works: Sequence[Work], contract: Contract, terms: Terms) -> Example:
    beyond = replace(terms, included_tickets=None, included_seconds=None)
    priced = [rate_ticket(work, beyond, {}) for work in works]
    words = tuple(text for rated in priced[:1] for one in rated.charges for text in in_words(one.explanation.as_dict()))
    covered = ""
    if contract.has_limited_allowance:
        covered = _came_to([_while_it_lasts(work, contract, terms) for work in works], terms.currency)
    return Example(what, _came_to(priced, terms.currency), covered, words)


def _while_it_lasts(work: Work, contract: Contract, terms: Terms) -> Rated:
    """Rated with nothing of the allowances used yet."""
    month = month_of(work.time[0].worked_on)
    left = Left(contract.included_tickets, None if contract.rolls_over else contract.included_seconds)
    return rate_ticket(work, terms, {month: left}, account(contract, {}))


def _came_to(rated: Sequence[Rated], currency: str) -> str:
    cents = sum(charge.amount_cents for one in rated for charge in one.charges)
    if cents or not rated[0].reason:
        return money(cents, currency)
    return sentence(rated[0].reason)


def _work(number: int, day: date, seconds: int, binding: Binding, zone: Any) -> Work:
    start = datetime.combine(day, START, tzinfo=zone)
    return Work(
        number=str(number),
        subject="",
        time=(WorkedTime(number, str(number), day, seconds, start),),
        fee=Fee(number, *binding.fee) if binding.fee else None,
        ticket_id=number,
        closed_on=day,
    )


def _first_day(contract: Contract, today: date) -> date:
    """Today, if the contract is in force; else its first day, or a week before its last."""
    if contract.end_on is not None and contract.end_on < today:
        return max(contract.start_on, contract.end_on - timedelta(days=7))
    return max(contract.start_on, today)


def _next(day: date, fits: Callable[[date], bool]) -> date:
    """The first day that fits; a year is looked through, so that there is one."""
    days = (day + timedelta(days=ahead) for ahead in range(366))
    return next((one for one in days if fits(one)), day)
