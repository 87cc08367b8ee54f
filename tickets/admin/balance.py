"""What is left of a contract's allowances, month by month, and the contract that binds a ticket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

import config
from accounts.desk.hours import hours_text
from accounts.language import word
from contracts.agreements import Agreements, SeveralContracts
from contracts.models import Contract
from invoicing.explaining import price
from rating.terms import UNLIMITED
from tickets.balance_report import Allowed, ContractBalance, balances
from tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class ShownAllowance:
    """One allowance of a month, each figure as people read it; "" for what there is none of."""

    what: str
    granted: str
    rolled_over: str
    used: str
    left: str


@dataclass(frozen=True, slots=True)
class ShownMonth:
    """A contract's month. `opened` is how many tickets were opened under it."""

    month: str
    opened: int
    allowances: tuple[ShownAllowance, ...]


@dataclass(frozen=True, slots=True)
class ShownContract:
    """What binds a ticket, or why nothing does."""

    name: str = ""
    url: str = ""
    terms: str = ""
    problem: str = ""
    month: ShownMonth | None = None


def shown_contract(ticket: Ticket, *, at: datetime) -> ShownContract:
    """The contract in force on the day of closing (while the ticket is open: today), and its balance that month."""
    if ticket.client is None:
        return ShownContract(problem=_("The ticket has no client."))
    day = (ticket.finished_at or at).astimezone(ticket.client.zone).date()
    contacts = [ticket.contact_id] if ticket.contact_id else []
    agreements = Agreements.read([ticket.client.pk], contacts, config.billing())
    try:
        bound = agreements.binding(ticket.client.pk, ticket.contact_id, ticket.contract_id, day).contract
    except SeveralContracts as several:
        return ShownContract(problem=_("Several contracts are in force: %(names)s.") % {"names": str(several)})
    if bound is None:
        return ShownContract(problem=_("No contract is in force: the client's own rate counts."))
    return ShownContract(
        bound.external_id,
        reverse("admin:contracts_contract_change", args=[bound.pk]),
        _terms(bound, ticket.client.currency),
        month=shown_month(balances([bound.pk], day)[bound.pk]),
    )


def shown_month(balance: ContractBalance) -> ShownMonth:
    """A month of a contract, its agreed allowances alone."""
    allowances = (
        _shown(_("Tickets"), balance.tickets, str),
        _shown(_("Hours"), balance.seconds, hours_text),
    )
    return ShownMonth(f"{balance.month:%Y-%m}", balance.opened, tuple(one for one in allowances if one is not None))


def first_of_months(day: date, number: int) -> list[date]:
    """The first days of so many months up to that day's, the newest first."""
    months = [day.year * 12 + day.month - 1 - back for back in range(number)]
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def _shown(what: str, allowed: Allowed, text: Callable[[int], str]) -> ShownAllowance | None:
    if allowed.granted is None and not (allowed.used or allowed.opening):
        return None
    granted = _("unlimited") if allowed.granted == UNLIMITED else text(allowed.granted or 0)
    return ShownAllowance(
        what,
        granted,
        text(allowed.rolled_over) if allowed.rolled_over else "",
        text(allowed.used + allowed.opening),
        "" if allowed.left is None else text(allowed.left),
    )


def _terms(contract: Contract, currency: str) -> str:
    """The prices in a few words."""
    found = [word(contract.strategy)] if contract.strategy else []
    if contract.hourly_rate is not None:
        found.append(_("%(price)s per hour") % {"price": price(contract.hourly_rate, currency)})
    if contract.per_ticket_rate is not None:
        found.append(_("%(price)s per ticket") % {"price": price(contract.per_ticket_rate, currency)})
    return ", ".join(found)
