"""What technicians do: open tickets, log time and material, correct it, close and reopen."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import DatabaseError
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.factories import ExpenseFactory, TicketFactory
from tests.scenarios.machine.billing import BillingWorld
from tests.scenarios.machine.choices import ENTRY, JOB, MINUTES, TIME, UNDER
from tests.scenarios.machine.world import TICKETS, refused
from tickets.lifecycle import close_ticket, reopen_ticket, resolve_ticket
from tickets.models import Ticket, TimeEntry

AND = st.booleans()
WHERE = st.sampled_from(UNDER)


class Work(BillingWorld):
    """Tickets, and the work on them."""

    @rule(target=TICKETS, job=JOB, material=AND, and_run=AND)
    def do_a_job(self, job: dict[str, Any], material: bool, and_run: bool) -> int:
        """From opening to closing, or to billing."""
        key = self.job(**job)
        if material:
            ExpenseFactory.create(ticket=self.found(key), incurred_on=self.today)
        if and_run:
            self.bill_due()
        return key

    @rule(target=TICKETS, under=WHERE, how=st.sampled_from(["open", "warranty", "not billable", "closed by import"]))
    def open(self, under: str, how: str) -> int:
        """By an import: a mass insert without a signal, without a due time, without its use recorded."""
        if how != "closed by import":
            kind = how if how == "warranty" else ""
            return self.ticket(under, ticket_type=kind, billable=how != "not billable")
        contract, at = self.contracts.get(under), self.later()
        one = TicketFactory.build(client=self.owner(under), contract=contract, created_at=at, closed_at=at)
        key: int = Ticket.objects.bulk_create([one])[0].pk
        return key

    @rule(ticket=TICKETS, time=TIME, and_run=AND)
    def log_time(self, ticket: int, time: dict[str, Any], and_run: bool) -> None:
        """On a ticket in whatever state: late work where it is billed already."""
        self.log(ticket, **time)
        if and_run:
            self.bill_due()

    @rule(which=ENTRY, to=st.one_of(MINUTES, st.sampled_from(["submitted", "deleted"])))
    def correct_time(self, which: int, to: int | str) -> None:
        """What is settled is not changed any more; to say the same again is no change."""
        self.later()
        entry = self.entry(which)
        if entry is None:
            return
        settled = self.has_claim("time_entry", entry.pk)
        if to == "submitted":
            if entry.status == "draft":
                entry.move_to(to)
        elif to == "deleted":
            with refused(settled, DatabaseError):
                entry.delete()
        else:
            seconds = int(to) * 60
            with refused(settled and entry.seconds_worked != seconds, DatabaseError):
                TimeEntry.objects.filter(pk=entry.pk).update(seconds_worked=seconds)

    @rule(ticket=TICKETS, price=st.sampled_from([Decimal("79.90"), Decimal(0)]))
    def add_material(self, ticket: int, price: Decimal) -> None:
        ExpenseFactory.create(ticket=self.found(ticket), incurred_on=self.later().date(), unit_price=price)

    @rule(ticket=TICKETS, to=st.sampled_from(["closed", "closed", "resolved", "reopened"]))
    def move(self, ticket: int, to: str) -> None:
        at = self.later()
        if to == "closed":
            assert close_ticket(ticket, at=at, by="kim").status == "closed"
        elif to == "resolved":
            assert resolve_ticket(ticket, at=at, by="kim").status in Ticket.FINISHED
        else:
            assert reopen_ticket(ticket, at=at, by="kim").status not in Ticket.FINISHED

    @rule(ticket=TICKETS, client=st.sampled_from(["acme", "bolt"]))
    def give_to_client(self, ticket: int, client: str) -> None:
        """As long as nothing of it is settled."""
        self.later()
        found = self.found(ticket)
        moves = found.client != self.clients[client]
        with refused(moves and self.is_settled(found), DatabaseError):
            if moves:
                found.client, found.contract = self.clients[client], None
                found.save()
