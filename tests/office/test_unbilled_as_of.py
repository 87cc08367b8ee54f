"""unbilled_report --as-of: what was billed, given back, decided or logged later was not so then (P2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from invoicing.lifecycle.issue import issue_invoices
from invoicing.lifecycle.withdraw import discard_draft
from invoicing.models import Invoice
from invoicing.recurring import bill_recurring
from office.unbilled.asked import asked
from office.unbilled.totals import totals, unbilled
from office.unbilled.units import SETTLED
from tests.factories import (
    ClientChargeFactory,
    ContractFactory,
    ExpenseFactory,
    RecurringChargeFactory,
    TicketFactory,
    TimeEntryFactory,
)
from tickets import billing
from tickets.lifecycle import close_ticket
from tickets.overrides import hold_ticket, release_ticket

pytestmark = pytest.mark.django_db


def noon(day):
    return datetime(2026, 1, day, 12, tzinfo=UTC)


def on(day, client=None):
    """Units by bucket and reason at the end of that day of January."""
    found = totals(asked(noon(day).date(), now=noon(28), client=client))
    assert found.unbalanced == {}
    return {(place.bucket, place.reason): total.units for place, total in found.buckets()}


@pytest.fixture
def acme():
    """A client with a unit of every type: known on the 10th, a ticket that is closed on the 12th."""
    contract = ContractFactory.create(per_ticket_rate=50)
    RecurringChargeFactory.create(contract=contract, timing="arrears", valid_from="2026-01-05", valid_to="2026-01-09",
        prorate=True)  # fmt: skip
    ClientChargeFactory.create(client=contract.client, charged_on="2026-01-10")
    ticket = TicketFactory.create(client=contract.client, created_at=noon(8), status="open")
    TimeEntryFactory.create(ticket=ticket, worked_on="2026-01-08")
    ExpenseFactory.create(ticket=ticket, incurred_on="2026-01-09")
    close_ticket(ticket.pk, at=noon(12), by="kim")
    return contract.client


def test_P_2_each_day_shows_what_was_known_and_decided_by_then(acme):
    ticket = acme.tickets.get()
    hold_ticket(ticket.pk, reason="asks", by="ann", at=noon(13))
    release_ticket(ticket.pk, reason="answered", by="ann", at=noon(14))
    list(bill_recurring(at=noon(15), by="ann"))
    billing.bill_tickets([ticket.pk], at=noon(15), by="ann")
    issue_invoices(list(Invoice.objects.values_list("pk", flat=True)), at=noon(17), by="ann")

    waiting = list(unbilled(asked(noon(12).date(), now=noon(28))))
    assert {unit.type: str(unit.since)[-2:] for unit in waiting} == {
        "time_entry": "12", "expense": "12", "ticket_fee": "12", "recurring": "10", "charge": "10",
    }  # fmt: skip
    assert on(7) == {}
    assert on(8) == {("open", "not_closed"): 1}
    assert on(11) == {("open", "not_closed"): 2, ("pending", "not_decided"): 2}
    assert on(12) == on(14) == {("pending", "not_decided"): 5}
    assert on(15) == on(16) == {("billed", "draft"): 5}
    assert on(17) == on(28) == {("billed", "issued"): 5}


def test_P_2_what_was_given_back_later_was_still_billed_then(acme):
    ticket = acme.tickets.get()
    for day in (15, 20):
        list(bill_recurring(at=noon(day), by="ann"))
        billing.bill_tickets([ticket.pk], at=noon(day), by="ann")
        draft = Invoice.objects.get(status="draft")
        discard_draft(draft.pk, reason="wrong month", by="ann", at=noon(day + 2))

    assert on(14) == on(17) == on(22) == {("pending", "not_decided"): 5}
    assert on(15) == on(16) == on(21) == on(20, acme) == {("billed", "draft"): 5}
    then = asked(noon(16).date(), now=noon(28))
    assert list(unbilled(then)) == []
    assert {unit.type for unit in unbilled(asked(noon(17).date(), now=noon(28)))} == {
        "time_entry", "expense", "ticket_fee", "recurring", "charge",
    }  # fmt: skip


def test_P_2_a_decision_of_later_was_none_then(acme):
    ticket = acme.tickets.get()
    entry = ticket.time_entries.get()
    entry.reject(by="petra", at=noon(16), reason="twice")
    TimeEntryFactory.create(
        ticket=ticket, worked_on="2026-01-12", started_at=noon(12), ended_at=noon(13), seconds_worked=3600
    )
    hold_ticket(ticket.pk, reason="asks", by="ann", at=noon(18))

    assert on(12, acme)["not_counted", "running"] == 1
    assert on(15, acme) == {("pending", "not_decided"): 6}
    assert on(17, acme) == {("not_counted", "rejected"): 1, ("pending", "not_decided"): 5}
    assert on(18, acme) == {
        ("held", "held_by_person"): 3, ("not_counted", "rejected"): 1, ("pending", "not_decided"): 2,
    }  # fmt: skip


def test_now_is_the_moment_and_today_is_the_whole_day():
    now = datetime(2026, 1, 15, 23, 30, tzinfo=UTC)  # the 16th in Berlin
    today = asked(now.date() + timedelta(days=1), now=now)

    assert (asked(None, now=now).at, asked(None, now=now).day.day) == (now, 16)
    assert (today.past, today.at.isoformat()) == (False, "2026-01-16T22:59:59.999999+00:00")
    assert asked(now.date(), now=now).past
    with pytest.raises(ValueError, match="2026-01-17 is yet to come"):
        asked(now.date() + timedelta(days=2), now=now)


def test_settled_units_are_never_listed(acme):
    billing.bill_tickets([acme.tickets.get().pk], at=noon(15), by="ann")

    assert not {unit.bucket for unit in unbilled(asked(None, now=noon(28)))} & set(SETTLED)
