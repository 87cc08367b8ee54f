"""Events tell each change of state once, with its actor; what is due is noted with the change itself (T-17)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import serializers
from django.db import transaction
from django.utils import timezone

from invoicing.models import AuditEntry
from tests.factories import CLOSED, CREATED, NOW, TicketFactory, closed_ticket, later
from tickets import lifecycle
from tickets.events import TicketClosed, TicketCreated, TicketResolved, happened
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    """What was announced: (event, number of the ticket, actor, time)."""
    found = []

    def hear(event, **_):
        found.append((type(event), event.ticket.number, event.actor, event.at))

    happened.connect(hear)
    yield found
    happened.disconnect(hear)


def test_a_new_ticket_is_announced_once(heard):
    TicketFactory.create(number="7", status="open")

    assert heard == [(TicketCreated, "7", "system", CREATED)]


@pytest.mark.parametrize(("status", "event"), [("closed", TicketClosed), ("resolved", TicketResolved)])
def test_a_ticket_that_is_created_finished_fires_both_events(heard, status, event):
    TicketFactory.create(number="7", status=status)

    assert heard == [(TicketCreated, "7", "system", CREATED), (event, "7", "system", CLOSED)]


@pytest.mark.parametrize(
    ("move", "event"), [(lifecycle.close_ticket, TicketClosed), (lifecycle.resolve_ticket, TicketResolved)]
)
def test_finishing_a_ticket_is_announced_once_with_the_person_and_the_time(heard, move, event):
    ticket = TicketFactory.create(number="7", status="open")
    heard.clear()

    move(ticket.pk, at=NOW, by="kim")
    move(ticket.pk, at=later(hours=1), by="max")

    assert heard == [(event, "7", "kim", NOW)]


def test_an_unchanged_save_announces_nothing(heard):
    ticket = closed_ticket()
    heard.clear()

    ticket.save()
    Ticket.objects.get().save()
    ticket.save(update_fields=["subject"])

    assert heard == []


def test_a_stale_copy_that_saves_the_same_status_announces_nothing(heard):
    ticket = TicketFactory.create(status="open")
    stale = Ticket.objects.get()
    lifecycle.close_ticket(ticket.pk, at=NOW, by="kim")
    heard.clear()

    stale.status, stale.closed_at = "closed", NOW
    stale.save()

    assert heard == []


def test_a_ticket_that_is_reopened_and_closed_again_is_announced_again(heard):
    ticket = closed_ticket(number="7")
    heard.clear()

    lifecycle.reopen_ticket(ticket.pk, at=NOW, by="kim", reason="still down")
    lifecycle.close_ticket(ticket.pk, at=later(hours=1), by="kim")

    assert heard == [(TicketClosed, "7", "kim", later(hours=1))]


def test_a_status_saved_in_a_form_is_announced_with_the_moment_of_saving(heard):
    ticket = TicketFactory.create(number="7", status="open")
    heard.clear()

    ticket.status = "resolved"
    ticket.resolved_at = None
    ticket.save()

    ((event, _, _, at),) = heard
    assert event is TicketResolved
    assert timezone.now() - at < timedelta(minutes=1)


def test_a_mass_update_and_a_fixture_announce_nothing(heard):
    ticket = TicketFactory.create(status="open")
    text = serializers.serialize("json", [ticket])
    heard.clear()

    Ticket.objects.update(status="closed", closed_at=NOW)
    for loaded in serializers.deserialize("json", text):
        loaded.save()

    assert heard == []


def test_a_listener_that_fails_takes_the_save_with_it():
    def fail(event, **_):
        raise ValueError("no")

    ticket = TicketFactory.create(status="open")
    happened.connect(fail)

    try:
        with pytest.raises(ValueError, match="no"), transaction.atomic():
            lifecycle.close_ticket(ticket.pk, at=NOW, by="kim")
    finally:
        happened.disconnect(fail)

    assert Ticket.objects.get().status == "open"


def test_who_closed_resolved_and_reopened_is_on_the_ticket_and_in_the_audit_trail():
    ticket = TicketFactory.create(status="open")

    lifecycle.resolve_ticket(ticket.pk, at=NOW, by="kim")
    lifecycle.close_ticket(ticket.pk, at=later(hours=1), by="max")
    closed = Ticket.objects.get()
    lifecycle.reopen_ticket(ticket.pk, at=later(hours=2), by="ann", reason="still down")

    reopened = Ticket.objects.get()
    assert (closed.resolved_by, closed.resolved_at, closed.closed_by, closed.closed_at) == (
        "kim", NOW, "max", later(hours=1),
    )  # fmt: skip
    assert (reopened.status, reopened.closed_by, reopened.resolved_by, reopened.finished_at) == (
        "in_progress", "", "", None,
    )  # fmt: skip
    trail = AuditEntry.objects.order_by("pk").values_list("action", "by", "reason")
    assert list(trail) == [
        ("ticket.resolved", "kim", ""), ("ticket.closed", "max", ""), ("ticket.reopened", "ann", "still down"),
    ]  # fmt: skip


@pytest.mark.parametrize("move", [lifecycle.resolve_ticket, lifecycle.close_ticket])
def test_a_closed_ticket_is_neither_closed_nor_resolved_again(move):
    ticket = closed_ticket()

    move(ticket.pk, at=NOW, by="kim")

    assert (Ticket.objects.get().status, Ticket.objects.get().closed_at) == ("closed", CLOSED)
    assert not AuditEntry.objects.exists()


def test_an_open_ticket_cannot_be_reopened():
    ticket = TicketFactory.create(status="open")

    lifecycle.reopen_ticket(ticket.pk, at=NOW, by="kim")

    assert Ticket.objects.get().status == "open"
    assert not AuditEntry.objects.exists()
