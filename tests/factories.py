"""Rows for tests: a client at home who is billed by draft, and what hangs on them.

`TicketFactory.create()` is closed and billable and has no time yet; `TimeEntryFactory.create(ticket=ticket)` is one
submitted hour on it, `hours="1.50"` another time. Write `.create(...)`: type checkers then know the model.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from factory.declarations import LazyAttribute, Maybe, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory, Password

from accounts.models import User
from contracts.models import Allocation, Assignment, Client, ClientCharge, Contact, Contract, Rate, RecurringCharge
from rating.hours import parse_hours
from tickets.models import Expense, Ticket, TimeEntry

DAY = date(2026, 1, 15)  # a Thursday, in winter time
CREATED = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
CLOSED = datetime(2026, 1, 15, 16, 0, tzinfo=UTC)  # 17:00 in Berlin
NOW = datetime(2026, 1, 16, 8, 0, tzinfo=UTC)  # when the runs of these tests take place


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    username = Sequence(lambda n: f"user{n}")
    email = LazyAttribute(lambda user: f"{user.username}@house.example")
    role = "administrator"
    password = Password("correct horse battery")


class ClientFactory(DjangoModelFactory[Client]):
    class Meta:
        model = Client

    external_id = Sequence(lambda n: f"client{n}")
    name = LazyAttribute(lambda client: f"{client.external_id.title()} GmbH")
    currency = "EUR"
    country = "DE"
    email = LazyAttribute(lambda client: f"office@{client.external_id}.example")
    address_line1 = "Hauptstraße 1"
    postcode = "10115"
    city = "Berlin"
    automation = "draft"
    hourly_rate = Decimal("80.00")


class ContactFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    external_id = Sequence(lambda n: f"contact{n}")
    client = SubFactory(ClientFactory)
    name = Sequence(lambda n: f"Ann {n}")
    email = LazyAttribute(lambda contact: f"{contact.external_id}@client.example")


class ContractFactory(DjangoModelFactory[Contract]):
    class Meta:
        model = Contract

    external_id = Sequence(lambda n: f"contract{n}")
    client = SubFactory(ClientFactory)
    status = "active"
    start_on = date(2026, 1, 1)


class AssignmentFactory(DjangoModelFactory[Assignment]):
    class Meta:
        model = Assignment

    external_id = Sequence(lambda n: f"assignment{n}")
    contract = SubFactory(ContractFactory)
    contact = SubFactory(ContactFactory, client=SelfAttribute("..contract.client"))
    start_on = date(2026, 1, 1)


class RateFactory(DjangoModelFactory[Rate]):
    class Meta:
        model = Rate

    external_id = Sequence(lambda n: f"rate{n}")
    contract = SubFactory(ContractFactory)
    valid_from = date(2026, 1, 1)
    hourly_rate = Maybe("multiplier", None, Decimal("100.00"))
    multiplier = None


class TicketFactory(DjangoModelFactory[Ticket]):
    """Closed at 17:00 in Berlin. `status="open"` or another: not closed, `status="resolved"`: resolved then."""

    class Meta:
        model = Ticket

    external_id = Sequence(lambda n: f"ticket{n}")
    client = SubFactory(ClientFactory)
    number = Sequence(lambda n: str(1001 + n))
    subject = "Mail down"
    status = "closed"
    created_at = CREATED
    closed_at = LazyAttribute(lambda ticket: CLOSED if ticket.status == "closed" else None)
    resolved_at = LazyAttribute(lambda ticket: CLOSED if ticket.status == "resolved" else None)


class TimeEntryFactory(DjangoModelFactory[TimeEntry]):
    """One hour on the day of the ticket; `hours="1.50"` for another time."""

    class Meta:
        model = TimeEntry

    class Params:
        hours = "1.00"

    external_id = Sequence(lambda n: f"entry{n}")
    ticket = SubFactory(TicketFactory)
    technician = "kim"
    worked_on = DAY
    seconds_worked = LazyAttribute(lambda entry: parse_hours(entry.hours))
    status = "submitted"


class ExpenseFactory(DjangoModelFactory[Expense]):
    class Meta:
        model = Expense

    external_id = Sequence(lambda n: f"expense{n}")
    ticket = SubFactory(TicketFactory)
    incurred_on = DAY
    description = "SSD"
    quantity = Decimal(2)
    unit_price = Decimal("79.90")


class RecurringChargeFactory(DjangoModelFactory[RecurringCharge]):
    """Twelve seats at 19.00 a month, in advance, from the day on which the contract starts."""

    class Meta:
        model = RecurringCharge

    external_id = Sequence(lambda n: f"recurring{n}")
    contract = SubFactory(ContractFactory)
    description = "Managed seat"
    quantity = Decimal(12)
    unit_price = Decimal("19.00")
    valid_from = SelfAttribute("contract.start_on")


class ClientChargeFactory(DjangoModelFactory[ClientCharge]):
    class Meta:
        model = ClientCharge

    external_id = Sequence(lambda n: f"charge{n}")
    client = SubFactory(ClientFactory)
    charged_on = DAY
    description = "Rack"
    quantity = Decimal(1)
    unit_price = Decimal("10.00")


class AllocationFactory(DjangoModelFactory[Allocation]):
    """An opening balance: what another system had already covered in January."""

    class Meta:
        model = Allocation

    contract = SubFactory(ContractFactory)
    month = date(2026, 1, 1)
    kind = "opening"
    source_id = Sequence(lambda n: n + 1)
    tickets = 1
    created_at = CREATED


def closed_ticket(*hours: str, client: Client | None = None, **facts: Any) -> Ticket:
    """A closed ticket with one entry per text of hours, in that order."""
    ticket = TicketFactory.create(**({"client": client} if client else {}), **facts)
    for text in hours:
        TimeEntryFactory.create(ticket=ticket, hours=text)
    return ticket


def state(ticket: Ticket) -> tuple[str, str]:
    """Where billing of the ticket stands in the database by now, and the reason."""
    ticket.refresh_from_db()
    return ticket.billing_status, ticket.billing_reason


def later(**step: float) -> datetime:
    """NOW and a step, such as minutes=5."""
    return NOW + timedelta(**step)


def configure(settings: Any, **changes: Any) -> None:
    """Put other settings of billing in force; `settings` is pytest-django's fixture, which puts them back."""
    settings.BILLING = replace(settings.BILLING, **changes)
