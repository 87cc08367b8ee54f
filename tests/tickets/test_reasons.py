"""Every reason why a ticket is not charged is stored on it with its date (T-02)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from invoicing.models import AuditEntry, Claim
from invoicing.switches import BillingDisabled
from tests.factories import (
    DAY,
    NOW,
    AssignmentFactory,
    ClientFactory,
    ContractFactory,
    ExpenseFactory,
    TicketFactory,
    TimeEntryFactory,
    closed_ticket,
    configure,
    later,
)
from tickets import billing
from tickets.balances import Balances
from tickets.facts import read_tickets
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def with_contract(*hours, **terms):
    client = ClientFactory.create()
    ContractFactory.create(client=client, **terms)
    return closed_ticket(*hours, client=client)


def two_contracts():
    client = ClientFactory.create()
    ContractFactory.create_batch(2, client=client)
    return closed_ticket("1.00", client=client)


def two_assignments():
    client = ClientFactory.create()
    one = AssignmentFactory.create(contract__client=client)
    AssignmentFactory.create(contract__client=client, contact=one.contact)
    return closed_ticket("1.00", client=client, contact=one.contact)


def without_time():
    ticket = TicketFactory.create()
    ExpenseFactory.create(ticket=ticket)
    return ticket


def held_by_person():
    ticket = closed_ticket("1.00")
    ticket.hold(reason="held_by_person", detail="waits for the customer", at=NOW)
    return ticket


def waived():
    ticket = closed_ticket("1.00")
    ticket.move_to("waived", billing_reason="waived", billing_decided_at=NOW)
    return ticket


def billed_before():
    ticket = closed_ticket("1.00")
    billing.bill_ticket(ticket.pk, at=NOW)
    return ticket


def billed_elsewhere():
    ticket = closed_ticket("1.00")
    entry = ticket.time_entries.get()
    Claim.objects.create(
        kind="time_entry", source_id=entry.pk, outcome="elsewhere", reference="A-17", claimed_at=NOW, quantity=3600
    )
    return ticket


SKIPPED = {
    "internal": lambda: closed_ticket("1.00", internal=True),
    "no_client": lambda: TicketFactory.create(client=None),
    "not_billable": lambda: closed_ticket("1.00", billable=False),
    "non_billable_type": lambda: closed_ticket("1.00", ticket_type="warranty"),
    "closed_before_enrolment": lambda: closed_ticket("1.00", client=ClientFactory.create(automation_from=NOW)),
    "client_not_enrolled": lambda: closed_ticket("1.00", client=ClientFactory.create(automation="off")),
    "billed_elsewhere": billed_elsewhere,
    "below_minimum": lambda: with_contract("0.10", below_minimum="skip"),
    "nothing_to_bill": TicketFactory.create,
    "zero_amount": lambda: with_contract("1.00", hourly_rate=0),
}
HELD = {
    "entries_pending_approval": lambda: closed_ticket("1.00", client=ClientFactory.create(require_entry_approval=True)),
    "several_contracts": two_contracts,
    "no_rate": lambda: closed_ticket("1.00", client=ClientFactory.create(hourly_rate=None)),
    "above_approval_threshold": lambda: closed_ticket("8.00", "0:01"),
    "no_time_entries": without_time,
}
COVERED = {
    "included_ticket": lambda: with_contract("1.00", included_tickets=1),
    "included_hours": lambda: with_contract("1.00", included_seconds=3600),
    "unlimited_plan": lambda: with_contract("1.00", unlimited_hours=True),
}
CASES = [
    (reason, status, make)
    for status, of_status in (("skipped", SKIPPED), ("held", HELD), ("covered", COVERED))
    for reason, make in of_status.items()
]


@pytest.mark.parametrize(("reason", "status", "make"), CASES, ids=[reason for reason, _, _ in CASES])
def test_the_reason_is_planned_alike_by_preview_and_run_and_stored_with_its_date(reason, status, make):
    ticket = make()

    preview = billing.plan_tickets([ticket.pk], at=NOW, balances=Balances()).results
    run = billing.bill_tickets([ticket.pk], at=NOW).results

    ticket.refresh_from_db()
    assert [result.reason for result in preview] == [result.reason for result in run] == [reason]
    assert (ticket.billing_status, ticket.billing_reason, ticket.billing_decided_at) == (status, reason, NOW)


@pytest.mark.parametrize(("reason", "status", "make"), CASES, ids=[reason for reason, _, _ in CASES])
def test_what_has_a_reason_is_not_planned_again_until_something_changes(reason, status, make):
    ticket = make()
    billing.bill_tickets([ticket.pk], at=NOW)

    again = billing.bill_tickets([ticket.pk], at=later(hours=1))

    ticket.refresh_from_db()
    assert again.results == []
    assert ticket.billing_decided_at == NOW
    assert not Ticket.objects.awaiting_billing().exists()


BY_HAND = {
    "not_closed": lambda: closed_ticket("1.00", status="open"),
    "waived": waived,
    "held_by_person": held_by_person,
    "already_billed": billed_before,
}


@pytest.mark.parametrize(("reason", "make"), BY_HAND.items(), ids=BY_HAND.keys())
def test_a_person_who_bills_is_told_the_reason(reason, make):
    ticket = make()

    (result,) = billing.bill_tickets([ticket.pk], at=NOW, by="petra", by_hand=True).results

    assert result.reason == reason
    assert result.charges == ()


def test_the_first_reason_that_applies_counts():
    ticket = closed_ticket(
        "1.00", internal=True, billable=False, ticket_type="warranty", client=ClientFactory.create(automation="off")
    )

    billing.bill_tickets([ticket.pk], at=NOW)

    ticket.refresh_from_db()
    assert ticket.billing_reason == "internal"


def test_a_hold_names_what_it_waits_for():
    no_rate = closed_ticket("1.00", client=ClientFactory.create(hourly_rate=None))
    several = two_assignments()
    waiting = closed_ticket("1.00", client=ClientFactory.create(require_entry_approval=True))

    results = billing.bill_tickets([no_rate.pk, several.pk, waiting.pk], at=NOW).results

    names = ", ".join(sorted(several.client.contracts.values_list("external_id", flat=True)))
    assert [result.detail for result in results] == [
        no_rate.time_entries.get().external_id,
        f"in force on {DAY}: {names}",
        waiting.time_entries.get().external_id,
    ]


def test_a_held_ticket_that_is_held_again_for_the_same_reason_keeps_its_date():
    ticket = closed_ticket("1.00", client=ClientFactory.create(hourly_rate=None))
    billing.bill_tickets([ticket.pk], at=NOW)

    (again,) = billing.bill_tickets([ticket.pk], at=later(hours=1), by_hand=True).results

    ticket.refresh_from_db()
    assert (again.reason, ticket.billing_decided_at) == ("no_rate", NOW)


def test_switches_are_told_and_never_stored(settings):
    ticket = closed_ticket("1.00")
    configure(settings, ticket_billing_enabled=False)

    with pytest.raises(BillingDisabled):
        billing.bill_ticket(ticket.pk, at=NOW)

    ticket.refresh_from_db()
    assert (ticket.billing_status, ticket.billing_reason) == ("unbilled", "")


def test_a_billed_ticket_is_in_the_audit_trail_with_amount_and_strategy():
    ticket = closed_ticket("1.00")

    billing.bill_ticket(ticket.pk, at=NOW, by="petra", by_hand=True)

    entry = AuditEntry.objects.get(action="ticket.billed")
    assert (entry.by, entry.at, entry.subject_id) == ("petra", NOW, ticket.pk)
    assert (entry.data["amount_cents"], entry.data["strategy"]) == (8000, "time_based")


def test_a_covered_ticket_is_in_the_audit_trail_with_its_reason():
    ticket = with_contract("1.00", included_tickets=1)

    billing.bill_ticket(ticket.pk, at=NOW)

    assert AuditEntry.objects.get(action="ticket.covered").data == {"reason": "included_ticket"}


def test_a_rate_that_a_person_set_and_a_strategy_that_a_person_chose_count():
    client = ClientFactory.create()
    ContractFactory.create(client=client, per_ticket_rate=50, hourly_rate=90)
    rated = closed_ticket("1.00", client=client, hourly_rate_override=Decimal(70), strategy_override="time_based")
    fee = closed_ticket("1.00", client=client, strategy_override="per_ticket")

    results = billing.bill_tickets([rated.pk, fee.pk], at=NOW).results

    assert [result.subtotal_cents for result in results] == [7000, 5000]


def test_time_that_cost_nothing_is_settled_with_the_ticket_that_is_billed():
    client = ClientFactory.create()
    ContractFactory.create(client=client, hourly_rate=0, per_ticket_rate=50)
    ticket = closed_ticket("1.00", client=client)
    TimeEntryFactory.create(ticket=ticket, seconds_worked=0)

    billing.bill_ticket(ticket.pk, at=NOW)

    assert not read_tickets([ticket.pk])[0].time
    assert Ticket.objects.get().billing_status == "billed"
