"""A change puts exactly the tickets back that it may concern, whoever makes it and by whatever way (T-02)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from contracts.models import Assignment, Client, Contract, Rate
from tests.factories import (
    CLOSED,
    NOW,
    AssignmentFactory,
    ClientFactory,
    ContactFactory,
    ContractFactory,
    ExpenseFactory,
    RateFactory,
    TicketFactory,
    TimeEntryFactory,
    closed_ticket,
    configure,
    later,
)
from tickets import automation, billing
from tickets.models import Expense, Ticket, TimeEntry

pytestmark = pytest.mark.django_db

HELD = (
    "entries_pending_approval", "several_contracts", "no_rate", "above_approval_threshold", "fair_use_review",
    "no_time_entries", "held_by_person", "parked",
)  # fmt: skip
SKIPPED = (
    "internal", "not_billable", "non_billable_type", "billed_elsewhere", "closed_before_enrolment",
    "client_not_enrolled", "below_minimum", "nothing_to_bill", "zero_amount",
)  # fmt: skip
OF_TERMS = {
    "several_contracts", "no_rate", "above_approval_threshold", "fair_use_review", "no_time_entries", "below_minimum",
    "nothing_to_bill", "zero_amount", "parked",
}  # fmt: skip
OF_PRICE = {"no_rate", "below_minimum", "nothing_to_bill", "zero_amount", "parked"}


def set_aside(ticket, reason):
    status = "held" if reason in HELD else "skipped"
    Ticket.objects.filter(pk=ticket.pk).update(
        billing_status=status, billing_reason=reason, billing_detail="why", billing_attempts=2, lost_workers=1
    )


@pytest.fixture
def client():
    """A client with one ticket for each reason, under an agreement with everything; and a neighbour with the same."""
    for name in ("acme", "neighbour"):
        client = ClientFactory.create(external_id=name)
        contact = ContactFactory.create(client=client)
        contract = ContractFactory.create(client=client)
        AssignmentFactory.create(contract=contract, contact=contact)
        RateFactory.create(contract=contract)
        for reason in (*HELD, *SKIPPED):
            set_aside(TicketFactory.create(client=client, external_id=f"{name} {reason}"), reason)
    return Client.objects.get(external_id="acme")


def put_back():
    """The reasons for which tickets of the client lay aside that are due again; the neighbour's stay where they are."""
    names = set(Ticket.objects.filter(billing_status="unbilled").values_list("external_id", flat=True))
    assert not {name for name in names if not name.startswith("acme")}
    return {name.removeprefix("acme ") for name in names}


def first(model):
    lookup = {Rate: "contract__client", Assignment: "contract__client", Contract: "client"}[model]
    return model.objects.filter(**{f"{lookup}__external_id": "acme"})


AGREEMENTS = {
    "a contract is changed": lambda client: first(Contract).update(hourly_rate=90),
    "a contract is agreed": lambda client: ContractFactory.create(client=client),
    "a contract is deleted": lambda client: Contract.objects.filter(
        pk=ContractFactory.create(client=client).pk
    ).delete(),
    "a rate is changed": lambda client: first(Rate).update(hourly_rate=Decimal(7)),
    "a rate is agreed": lambda client: RateFactory.create(contract=first(Contract).get(), work_type="network"),
    "a rate is deleted": lambda client: first(Rate).delete(),
    "an assignment is changed": lambda client: first(Assignment).update(per_ticket_rate=5),
    "an assignment is made": lambda client: AssignmentFactory.create(contract=first(Contract).get()),
    "an assignment is deleted": lambda client: first(Assignment).delete(),
}


@pytest.mark.parametrize("change", AGREEMENTS.values(), ids=AGREEMENTS.keys())
def test_tickets_whose_reason_the_terms_decide_are_due_again_when(client, change):
    change(client)

    assert put_back() == OF_TERMS


CLIENT_FIELDS = [
    ({"hourly_rate": Decimal(95)}, OF_PRICE),
    ({"timezone": "Europe/London"}, OF_PRICE),
    ({"region": "BE"}, OF_PRICE),
    ({"automation": "auto"}, {"client_not_enrolled", "closed_before_enrolment"}),
    ({"automation_from": NOW}, {"client_not_enrolled", "closed_before_enrolment"}),
    ({"require_entry_approval": False}, {"entries_pending_approval", "parked"}),
    ({"name": "Acme AG", "email": "new@acme.example", "payment_terms_days": 14}, set()),
    ({"hourly_rate": Decimal("80.00")}, set()),
]


@pytest.mark.parametrize(("changes", "reasons"), CLIENT_FIELDS, ids=[", ".join(case) for case, _ in CLIENT_FIELDS])
def test_a_change_of_the_client_concerns_what_depends_on_it(client, changes, reasons):
    for name, value in changes.items():
        setattr(client, name, value)

    client.save()

    assert put_back() == reasons


def test_sql_puts_back_as_a_form_does(client):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE contracts_client SET automation = 'auto' WHERE external_id = 'acme'")

    assert put_back() == {"client_not_enrolled", "closed_before_enrolment"}


def test_what_is_put_back_starts_afresh():
    ticket = closed_ticket("1.00")
    set_aside(ticket, "parked")

    TimeEntry.objects.update(seconds_worked=7200)

    ticket.refresh_from_db()
    facts = (ticket.billing_status, ticket.billing_reason, ticket.billing_detail)
    assert facts == ("unbilled", "", "")
    assert (ticket.billing_attempts, ticket.lost_workers) == (0, 0)


TICKET_CHANGES = [
    {"status": "resolved", "resolved_at": CLOSED},
    {"contract": None},
    {"contact": None},
    {"billable": False},
    {"internal": True},
    {"ticket_type": "warranty"},
    {"closed_at": later(days=-3)},
    {"resolved_at": later(days=-3)},
    {"strategy_override": "per_ticket"},
    {"hourly_rate_override": Decimal(1)},
    {"approved_at": NOW},
    {"billed_elsewhere": "A-17"},
    {"client": None, "contract": None, "contact": None},
]


@pytest.fixture
def ticket():
    """A ticket that was looked at and set aside, with everything that can change on it, and a second like it."""
    contract = ContractFactory.create()
    contact = ContactFactory.create(client=contract.client)
    pair = [
        closed_ticket("1.00", client=contract.client, contract=contract, contact=contact, external_id=name)
        for name in ("t1", "t2")
    ]
    for one in pair:
        ExpenseFactory.create(ticket=one)
        set_aside(one, "no_rate")
    return pair[0]


def due():
    return list(Ticket.objects.filter(billing_status="unbilled").values_list("external_id", flat=True))


@pytest.mark.parametrize("changes", TICKET_CHANGES, ids=["+".join(case) for case in TICKET_CHANGES])
def test_a_change_of_a_ticket_puts_it_back_and_no_other(ticket, changes):
    Ticket.objects.filter(pk=ticket.pk).update(**changes)

    assert due() == ["t1"]


@pytest.mark.parametrize("changes", TICKET_CHANGES, ids=["+".join(case) for case in TICKET_CHANGES])
def test_a_ticket_that_a_person_holds_stays_held(ticket, changes):
    set_aside(ticket, "held_by_person")

    Ticket.objects.filter(pk=ticket.pk).update(**changes)

    assert due() == []


@pytest.mark.parametrize("changes", [{"subject": "Mail up"}, {"priority": "low"}, {"number": "7"}, {}])
def test_a_change_that_decides_nothing_puts_nothing_back(ticket, changes):
    ticket.refresh_from_db()
    for name, value in changes.items():
        setattr(ticket, name, value)

    ticket.save()

    assert due() == []


WORK_CHANGES = {
    "an entry is logged": lambda ticket: TimeEntryFactory.create(ticket=ticket),
    "an entry that does not count is logged": lambda ticket: TimeEntryFactory.create(ticket=ticket, billable=False),
    "an entry is corrected": lambda ticket: ticket.time_entries.update(seconds_worked=60),
    "an entry gets a rate": lambda ticket: ticket.time_entries.update(hourly_rate=9),
    "an entry is approved": lambda ticket: ticket.time_entries.get().approve(by="anna", at=NOW),
    "an entry is moved to another day": lambda ticket: ticket.time_entries.update(worked_on=date(2026, 1, 2)),
    "an entry is deleted": lambda ticket: ticket.time_entries.get().delete(),
    "an expense is noted": lambda ticket: ExpenseFactory.create(ticket=ticket),
    "an expense is corrected": lambda ticket: ticket.expenses.update(unit_price=1),
    "an expense is deleted": lambda ticket: ticket.expenses.all().delete(),
}


@pytest.mark.parametrize("change", WORK_CHANGES.values(), ids=WORK_CHANGES.keys())
def test_the_ticket_alone_is_due_again_when(ticket, change):
    change(ticket)

    assert due() == ["t1"]


@pytest.mark.parametrize("change", WORK_CHANGES.values(), ids=WORK_CHANGES.keys())
def test_the_ticket_that_a_person_holds_stays_held_when(ticket, change):
    set_aside(ticket, "held_by_person")

    change(ticket)

    assert due() == []


def test_an_entry_that_moves_puts_both_tickets_back(ticket):
    ticket.time_entries.update(ticket=Ticket.objects.get(external_id="t2"))

    assert sorted(due()) == ["t1", "t2"]


def test_words_about_an_entry_put_nothing_back(ticket):
    ticket.time_entries.update(description="changed a disk")
    TimeEntry.objects.filter(ticket=ticket).update(seconds_worked=3600)

    assert due() == []


def test_a_mass_insert_puts_each_of_its_tickets_back(ticket):
    both = Ticket.objects.all()

    TimeEntry.objects.bulk_create(TimeEntryFactory.build(ticket=one) for one in both)

    assert sorted(due()) == ["t1", "t2"]


def settled_ticket(client=None):
    ticket = closed_ticket("1.00", client=client)
    billing.bill_ticket(ticket.pk, at=NOW)
    ticket.refresh_from_db()
    assert ticket.billing_status in ("billed", "covered")
    return ticket


FRESH = {
    "an entry": lambda ticket: TimeEntryFactory.create(ticket=ticket),
    "an expense": lambda ticket: ExpenseFactory.create(ticket=ticket),
}
NOT_FRESH = {
    "an entry that is not billable": lambda ticket: TimeEntryFactory.create(ticket=ticket, billable=False),
    "a draft": lambda ticket: TimeEntryFactory.create(ticket=ticket, status="draft"),
    "a rejected entry": lambda ticket: TimeEntryFactory.create(ticket=ticket, status="rejected"),
    "a running timer": lambda ticket: TimeEntryFactory.create(ticket=ticket, seconds_worked=None, started_at=NOW),
    "another rate of the client": lambda ticket: Client.objects.update(hourly_rate=1),
    "another type": lambda ticket: Ticket.objects.update(ticket_type="incident"),
}


@pytest.mark.parametrize("work", FRESH.values(), ids=FRESH.keys())
@pytest.mark.parametrize("covered", [False, True])
def test_a_settled_ticket_is_due_again_with_new_work(work, covered):
    client = ClientFactory.create()
    ContractFactory.create(client=client, unlimited_hours=covered)
    ticket = settled_ticket(client)

    work(ticket)

    assert due() == [ticket.external_id]


@pytest.mark.parametrize("work", NOT_FRESH.values(), ids=NOT_FRESH.keys())
def test_a_settled_ticket_stays_settled_with(work):
    ticket = settled_ticket()

    work(ticket)

    assert due() == []


def test_a_timer_that_ends_makes_a_settled_ticket_due():
    ticket = settled_ticket()
    timer = TimeEntryFactory.create(ticket=ticket, seconds_worked=None, started_at=NOW)

    TimeEntry.objects.filter(pk=timer.pk).update(seconds_worked=600, ended_at=NOW + timedelta(minutes=10))

    assert due() == [ticket.external_id]


def test_a_waived_ticket_stays_waived_with_new_work(ticket):
    ticket.refresh_from_db()
    ticket.release(at=NOW)
    ticket.move_to("waived", billing_reason="waived", billing_decided_at=NOW)

    TimeEntryFactory.create(ticket=ticket)
    Expense.objects.update(unit_price=3)

    assert Ticket.objects.get(external_id="t1").billing_status == "waived"


def test_a_change_of_settings_that_decide_puts_back_what_they_decide(client, settings):
    list(automation.catch_up(at=NOW))  # notes the settings
    configure(settings, default_hourly_rate=Decimal(70))

    previewed = {result.ticket for run in automation.preview(at=NOW) for result in run.results}
    considered = {result.ticket for run in automation.catch_up(at=NOW) for result in run.results}

    of_settings = {
        "entries_pending_approval", "no_rate", "above_approval_threshold", "fair_use_review", "no_time_entries",
        "non_billable_type", "closed_before_enrolment", "client_not_enrolled", "below_minimum", "nothing_to_bill",
        "zero_amount",
    }  # fmt: skip
    both = {f"{name} {reason}" for name in ("acme", "neighbour") for reason in of_settings}
    assert considered == previewed == both
    assert set(Ticket.objects.values_list("billing_attempts", flat=True)) == {0, 2}


def test_a_change_of_settings_that_decide_nothing_puts_nothing_back(client, settings):
    list(automation.catch_up(at=NOW))
    configure(settings, due_days=14, delay_minutes=7)

    runs = list(automation.catch_up(at=NOW))

    assert [run.results for run in runs] == []
