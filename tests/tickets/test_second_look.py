"""Work set aside in the moment in which what decides about it changed is found by the hourly catch-up (I-02)."""

from __future__ import annotations

import pytest

from invoicing import audit
from invoicing.models import AuditEntry
from tests.factories import NOW, ClientFactory, closed_ticket, later
from tests.tickets.asides import set_aside
from tickets import automation

pytestmark = pytest.mark.django_db


def overtaken(reason="client_not_enrolled", at=NOW, **client):
    """A ticket that billing set aside by what it had read before the client was changed."""
    ticket = closed_ticket("1.00", client=ClientFactory.create(**client))
    audit.record("ticket.not_billed", ticket, by="system", at=at, data={"outcome": "skip", "reason": reason})
    set_aside(ticket, reason)
    return ticket


def state(ticket):
    ticket.refresh_from_db()
    return ticket.billing_status, ticket.billing_reason


def test_a_ticket_set_aside_while_its_client_was_enrolled_is_billed_by_the_next_catch_up():
    ticket, as_before = overtaken(), overtaken(automation="off")

    previewed = [result.ticket for run in automation.preview(at=later(hours=1)) for result in run.results]
    done = [result.ticket for run in automation.catch_up(at=later(hours=1)) for result in run.results]

    assert previewed == done == [ticket.external_id]
    assert (state(ticket), state(as_before)) == (("billed", ""), ("skipped", "client_not_enrolled"))
    entry = AuditEntry.objects.get(action="ticket.put_back")
    assert (entry.subject_id, entry.by, entry.data["because"]) == (ticket.pk, "system", "second_look")


def test_a_ticket_that_would_need_a_person_by_now_is_held_for_one():
    ticket = overtaken(hourly_rate=None)

    list(automation.catch_up(at=later(hours=1)))

    assert state(ticket) == ("held", "no_rate")


def test_what_was_set_aside_long_ago_is_not_read_again():
    ticket = overtaken()

    list(automation.catch_up(at=later(hours=3)))

    assert state(ticket) == ("skipped", "client_not_enrolled")
