"""Which contract binds a ticket's work on a day, and under what terms (T-05, T-14)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from contracts.fair_use import limits_of
from contracts.holidays import calendar
from contracts.models import Assignment, Client, Contract, Rate
from contracts.models.contract import IN_FORCE
from rating.terms import UNLIMITED, BusinessHours, CardRate, Terms
from rating.terms import Rate as HourlyRate

if TYPE_CHECKING:
    from config import BillingSettings


class SeveralContracts(Exception):  # noqa: N818 - a finding, not a fault
    """Several contracts are in force and nothing says which one counts."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What binds on a day: a contract and perhaps a contact's assignment under it; or neither."""

    contract: Contract | None = None
    assignment: Assignment | None = None

    @property
    def fee(self) -> tuple[Decimal, str] | None:
        """The price of one ticket and where it was found; None where none was agreed."""
        if self.assignment is not None and self.assignment.per_ticket_rate is not None:
            return self.assignment.per_ticket_rate, "assignment"
        if self.contract is not None and self.contract.per_ticket_rate is not None:
            return self.contract.per_ticket_rate, "contract"
        return None


NOTHING_AGREED = Binding()
# A row of a rate card: its contract, then what a CardRate takes, in this order.
CARD = (
    "contract_id", "external_id", "valid_from", "valid_to", "work_type", "time_of_day", "hourly_rate", "multiplier",
)  # fmt: skip


@dataclass(slots=True)
class Agreements:
    """The agreements of a set of clients, read once in four queries."""

    settings: BillingSettings
    clients: dict[int, Client] = field(default_factory=dict)
    contracts: dict[int, dict[int, Contract]] = field(default_factory=lambda: defaultdict(dict))
    assignments: dict[int, list[Assignment]] = field(default_factory=lambda: defaultdict(list))
    cards: dict[int, tuple[CardRate, ...]] = field(default_factory=dict)
    _usual_hours: BusinessHours = field(init=False)
    _terms: dict[tuple[int, int | None, int | None], Terms] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._usual_hours = BusinessHours.parse(self.settings.business_hours)

    @classmethod
    def read(cls, client_ids: Iterable[int], contact_ids: Iterable[int], settings: BillingSettings) -> Agreements:
        """Read everything that can bind tickets of these clients and contacts."""
        found = cls(settings, clients=Client.objects.in_bulk(list(client_ids)))
        for contract in Contract.objects.filter(client__in=found.clients):
            found.contracts[contract.client_id][contract.pk] = contract
        for assignment in Assignment.objects.filter(contact__in=list(contact_ids)):
            found.assignments[assignment.contact_id].append(assignment)
        cards: dict[int, list[CardRate]] = defaultdict(list)
        for contract, *rate in Rate.objects.filter(contract__client__in=found.clients).values_list(*CARD):
            cards[contract].append(CardRate(*rate))
        found.cards = {contract: tuple(rates) for contract, rates in cards.items()}
        return found

    def with_limited_allowance(self) -> list[int]:
        """The contracts whose balances tickets share."""
        return [
            pk for of_client in self.contracts.values() for pk, one in of_client.items() if one.has_limited_allowance
        ]

    def binding(self, client: int, contact: int | None, own: int | None, on: date) -> Binding:
        """What binds on that day: the ticket's own contract, the contact's assignment, the client's only contract.

        Raises SeveralContracts with their ids.
        """
        of_client = self.contracts[client]
        assigned = [
            (of_client[assignment.contract_id], assignment)
            for assignment in self.assignments.get(contact or 0, ())
            if _in_force(assignment, on) and _in_force(of_client.get(assignment.contract_id), on)
        ]
        if own is not None and _in_force(of_client.get(own), on):
            chosen = [assignment for contract, assignment in assigned if contract.pk == own]
            return Binding(of_client[own], chosen[0] if len(chosen) == 1 else None)
        if assigned:
            _only([contract for contract, _ in assigned])
            return Binding(*assigned[0])
        in_force = [contract for contract in of_client.values() if _in_force(contract, on)]
        return Binding(_only(in_force)) if in_force else NOTHING_AGREED

    def approval_threshold(self, client_id: int) -> tuple[int, str]:
        """The seconds of work above which a ticket of the client waits for an approver, and whose limit that is."""
        own = self.clients[client_id].approval_threshold_seconds
        return (self.settings.approval_threshold_seconds, "setting") if own is None else (own, "client")

    def terms(self, client_id: int, binding: Binding) -> Terms:
        """The terms of rating, every gap filled from client and settings."""
        contract, assignment = binding.contract, binding.assignment
        key = (client_id, contract.pk if contract else None, assignment.pk if assignment else None)
        if key not in self._terms:
            self._terms[key] = self._resolve(self.clients[client_id], contract, assignment)
        return self._terms[key]

    def _resolve(self, client: Client, contract: Contract | None, assignment: Assignment | None) -> Terms:
        settings = self.settings
        terms: dict[str, Any] = {
            "strategy": None,
            "default_strategy": client.default_strategy or settings.strategy_default,
            "allow_mixed": settings.allow_mixed,
            "rounding": settings.rounding,
            "ladder": tuple(_ladder(client, contract, assignment, settings)),
            "business_hours": self._usual_hours,
            "holidays": calendar(client.country, client.region or _own_region(client, settings)),
            "require_time_entries": settings.require_time_entries,
            "language": client.document_language,
        }
        if contract is not None:
            terms |= self._agreed(contract)
        return Terms(client.currency, client.zone.key, **terms)

    def _agreed(self, contract: Contract) -> dict[str, Any]:
        agreed: dict[str, Any] = {
            "contract": contract.pk,
            "contract_reference": contract.external_id,
            "strategy": contract.strategy or None,
            "rounding": contract.rounding(self.settings.rounding),
            "card": self.cards.get(contract.pk, ()),
            "included_tickets": UNLIMITED if contract.unlimited_tickets else contract.included_tickets,
            "included_seconds": UNLIMITED if contract.unlimited_hours else contract.included_seconds,
            "late_work": contract.late_work,
        }
        if contract.unlimited_tickets or contract.unlimited_hours:
            agreed["fair_use"] = limits_of(contract.fair_use, self.settings.fair_use.limits)
        if contract.business_hours:
            agreed["business_hours"] = BusinessHours.parse(contract.business_hours)
        return agreed


def _in_force(agreement: Contract | Assignment | None, on: date) -> bool:
    return (
        agreement is not None
        and agreement.status in IN_FORCE
        and agreement.start_on <= on
        and (agreement.end_on is None or on <= agreement.end_on)
    )


def _only(contracts: list[Contract]) -> Contract:
    first, *others = contracts
    if any(other.pk != first.pk for other in others):
        raise SeveralContracts(", ".join(sorted({contract.external_id for contract in contracts})))
    return first


def _ladder(
    client: Client, contract: Contract | None, assignment: Assignment | None, settings: BillingSettings
) -> Iterable[HourlyRate]:
    """The rates below the card, the first of them counts; null is "not set", 0 is a price."""
    steps = (
        *(("assignment", one.hourly_rate, one.external_id) for one in (assignment,) if one),
        *(("contract", one.hourly_rate, one.external_id) for one in (contract,) if one),
        ("client", client.hourly_rate, client.external_id),
        ("setting", settings.default_hourly_rate, "BILLING_DEFAULT_HOURLY_RATE"),
    )
    for origin, hourly, label in steps:
        if hourly is not None:
            yield HourlyRate(origin, hourly, f"{origin} {label}")


def _own_region(client: Client, settings: BillingSettings) -> str:
    return settings.holiday_region if client.country == settings.holiday_country else ""
