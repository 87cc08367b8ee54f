"""A change of terms, client or settings puts exactly the tickets back whose reason they decide (T-02)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from contracts.models import Assignment, Client, Contract, Rate
from invoicing.models import AuditEntry
from tests.factories import (
    NOW,
    AssignmentFactory,
    ClientFactory,
    ContactFactory,
    ContractFactory,
    RateFactory,
    TicketFactory,
    closed_ticket,
    configure,
    later,
)
from tests.tickets.asides import HELD, SKIPPED, set_aside
from tickets import automation
from tickets.models import Ticket, TimeEntry
from tickets.overrides import force_ticket

pytestmark = pytest.mark.django_db

OF_TERMS = {
    "several_contracts", "no_rate", "above_approval_threshold", "fair_use_review", "no_time_entries", "below_minimum",
    "nothing_to_bill", "zero_amount", "parked",
}  # fmt: skip
OF_PRICE = {
    "several_contracts", "no_rate", "no_time_entries", "below_minimum", "nothing_to_bill", "zero_amount", "parked",
}  # fmt: skip


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


CLIENT_FIELDS: list[tuple[dict[str, Any], set[str]]] = [
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


def test_an_allowance_that_is_given_back_pays_for_what_waited_for_a_rate():
    client = ClientFactory.create(hourly_rate=None)
    ContractFactory.create(client=client, per_ticket_rate=Decimal(50), included_tickets=1)
    covered, waiting = closed_ticket("1.00", client=client), closed_ticket("1.00", client=client)
    TimeEntry.objects.filter(ticket=covered).update(hourly_rate=120)
    list(automation.sweep(at=NOW))
    waiting.refresh_from_db()
    assert (waiting.billing_status, waiting.billing_reason) == ("held", "no_rate")

    force_ticket(covered.pk, reason="not meant to be included", by="petra", at=NOW)
    list(automation.sweep(at=later(hours=1)))

    waiting.refresh_from_db()
    assert waiting.billing_status == "covered"
    entry = AuditEntry.objects.get(action="ticket.put_back", subject_id=waiting.pk)
    assert entry.data["because"] == "allowance"
