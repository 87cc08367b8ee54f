"""A house with two clients and three contracts, its clock, and what is checked after each step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.test.utils import override_settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple

import config
from contracts.models import Client, Contract
from invoicing.models import Claim, Invoice
from tests.factories import ClientFactory, ContractFactory, RecurringChargeFactory, TicketFactory, TimeEntryFactory
from tests.scenarios.machine import promises
from tests.scenarios.machine.choices import JOBS, LEVEL, MIXED
from tickets.lifecycle import close_ticket
from tickets.models import Ticket, TimeEntry

# Keys of tickets.
TICKETS: Bundle[int] = Bundle("tickets")

START = datetime(2026, 1, 16, 8, 0, tzinfo=UTC)
# The delay of billing is no multiple of it: nothing becomes due between two runs that follow each other.
STEP = timedelta(minutes=3)


@contextmanager
def refused(expected: bool, *problems: type[Exception]) -> Iterator[None]:
    """What the block does is refused where that is expected, and only there; nothing of it is kept then."""
    try:
        with transaction.atomic():
            yield
    except problems:
        if not expected:
            raise
    else:
        assert not expected, "this should have been refused"


@contextmanager
def _rolled_back() -> Iterator[None]:
    """Nothing of the block stays; what the database checks at the end of a transaction is checked at its end."""
    with transaction.atomic():
        try:
            yield
            if not connection.needs_rollback and connection.is_usable():
                connection.check_constraints()
        finally:
            transaction.set_rollback(True)


class World(RuleBasedStateMachine):
    """One history in one transaction, which is rolled back."""

    clients: dict[str, Client]
    contracts: dict[str, Contract]
    now: datetime

    def __init__(self) -> None:
        super().__init__()
        self._history = ExitStack()

    @initialize(target=TICKETS, level=LEVEL, mixed=MIXED, on_resolve=st.booleans(), jobs=JOBS)
    def begin(self, level: str, mixed: dict[str, Any], on_resolve: bool, jobs: list[dict[str, Any]]) -> Any:
        """Acme pays by time under one contract, time and a fee under another; Bolt pays by the ticket."""
        self._history.enter_context(_rolled_back())
        settings = replace(config.billing(), auto_bill_on_resolve=on_resolve)
        self._history.enter_context(override_settings(BILLING=settings))
        promises.prepare()
        self.now = START
        acme = ClientFactory.create(automation="draft")
        bolt = ClientFactory.create(automation="auto", hourly_rate=None)
        self.clients = {"acme": acme, "bolt": bolt}
        self.contracts = {
            "time": ContractFactory.create(client=acme, hourly_rate=Decimal(90), rounding_level=level),
            "mixed": ContractFactory.create(
                client=acme, hourly_rate=Decimal("66.67"), per_ticket_rate=Decimal(40), **mixed
            ),
            "per ticket": ContractFactory.create(
                client=bolt, per_ticket_rate=Decimal(50), included_tickets=1, late_work="absorb", grouping="per_ticket",
            ),
        }  # fmt: skip
        RecurringChargeFactory.create(contract=self.contracts["time"])
        RecurringChargeFactory.create(contract=self.contracts["per ticket"], timing="arrears", prorate=True)
        return multiple(*(self.job(**job) for job in jobs))

    def teardown(self) -> None:
        """Let the database check what it leaves until the end; then nothing of this history stays."""
        self._history.close()

    @invariant()
    def the_promises_hold(self) -> None:
        """What the house stores is right, whatever has happened."""
        assert promises.broken() == []

    def later(self, step: timedelta = STEP) -> datetime:
        """The moment of the next thing that happens."""
        self.now += step
        return self.now

    @property
    def today(self) -> date:
        return self.now.date()

    def ticket(self, under: str, **facts: Any) -> int:
        """Open a ticket; answer its key."""
        facts = {"status": "open", "created_at": self.later(), **facts}
        return TicketFactory.create(client=self.owner(under), contract=self.contracts.get(under), **facts).pk

    def job(self, under: str, time: list[dict[str, Any]]) -> int:
        """A ticket that was opened, worked on and closed; answer its key."""
        key = self.ticket(under)
        for one in time:
            self.log(key, **one)
        close_ticket(key, at=self.later(), by="kim")
        return key

    def log(self, ticket: int, *, minutes: int, days_back: int, hour: int | None, **facts: Any) -> None:
        """Log time on a ticket, today or before, with the hour of its start or without."""
        day = self.later().date() - timedelta(days=days_back)
        start = None if hour is None else datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        TimeEntryFactory.create(
            ticket=self.found(ticket), worked_on=day, started_at=start, seconds_worked=minutes * 60, **facts
        )

    def owner(self, under: str) -> Client:
        """The client of a ticket that falls under this."""
        contract = self.contracts.get(under)
        return contract.client if contract else self.clients["bolt" if under == "only" else "acme"]

    def entry(self, number: int) -> TimeEntry | None:
        """One of the time entries there are; None where all of them were deleted."""
        entries = list(TimeEntry.objects.order_by("-pk"))
        return entries[number % len(entries)] if entries else None

    def drafts(self) -> list[Invoice]:
        """The open drafts in the order in which they were made."""
        return list(Invoice.objects.filter(status="draft").order_by("pk"))

    def has_claim(self, kind: str, key: int) -> bool:
        """Whether something settles this unit."""
        return Claim.objects.filter(kind=kind, source_id=key, released_at__isnull=True).exists()

    def is_settled(self, ticket: Ticket) -> bool:
        """Whether something settles the ticket's fee, or any work on it."""
        units = [("ticket_fee", ticket.pk)]
        units += [("time_entry", pk) for pk in ticket.time_entries.values_list("pk", flat=True)]
        units += [("expense", pk) for pk in ticket.expenses.values_list("pk", flat=True)]
        return any(self.has_claim(*unit) for unit in units)

    def found(self, key: int) -> Ticket:
        """The ticket as it is stored now."""
        ticket: Ticket = Ticket.objects.get(pk=key)
        return ticket
