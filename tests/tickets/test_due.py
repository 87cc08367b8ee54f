"""Which events make a ticket due, when, and which messages tell it (T-17)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery.signals import after_task_publish
from django.db import transaction

from billing_project.celery import app
from invoicing.models import Invoice
from tests.factories import CLOSED, NOW, TicketFactory, TimeEntryFactory, closed_ticket, configure, later
from tickets import automation, lifecycle
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent():
    """The messages that reached the broker: (queue, keyword arguments). The broker is emptied at the end."""
    found = []

    def note(body, routing_key, **_):
        found.append((routing_key, body[1]))

    after_task_publish.connect(note)
    yield found
    after_task_publish.disconnect(note)
    app.control.purge()


FLAGS = [
    (False, False, "close", True),
    (False, False, "resolve", False),
    (True, False, "close", True),
    (True, False, "resolve", False),
    (False, True, "close", True),
    (False, True, "resolve", True),
]


@pytest.mark.parametrize(("on_close", "on_resolve", "verb", "due"), FLAGS)
def test_the_flags_choose_the_event_that_bills_and_the_delay_is_noted_with_it(
    settings, on_close, on_resolve, verb, due
):
    configure(settings, auto_bill_on_close=on_close, auto_bill_on_resolve=on_resolve, delay_minutes=5)
    ticket = TicketFactory.create(status="open")

    {"close": lifecycle.close_ticket, "resolve": lifecycle.resolve_ticket}[verb](ticket.pk, at=NOW, by="kim")

    assert Ticket.objects.get().bill_after == (later(minutes=5) if due else None)


def test_closing_without_commit_notes_nothing_and_sends_nothing(settings, sent, django_capture_on_commit_callbacks):
    configure(settings, delay_minutes=0)
    ticket = TicketFactory.create(status="open")

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        lifecycle.close_ticket(ticket.pk, at=NOW, by="kim")
        transaction.set_rollback(True)

    assert Ticket.objects.get().bill_after is None
    assert sent == []


def test_without_a_delay_a_message_goes_to_the_billing_queue_after_the_commit(
    settings, sent, django_capture_on_commit_callbacks
):
    configure(settings, delay_minutes=0)
    ticket = TicketFactory.create(status="open")

    with django_capture_on_commit_callbacks() as callbacks:
        lifecycle.close_ticket(ticket.pk, at=NOW, by="kim")
    before = list(sent)
    for publish in callbacks:
        publish()

    assert before == []
    assert sent == [("billing", {"ticket_id": ticket.pk})]
    assert Ticket.objects.get().bill_after == NOW


@pytest.mark.parametrize("changes", [{"delay_minutes": 5}, {"delay_minutes": 0, "ticket_billing_enabled": False}])
def test_with_a_delay_or_with_billing_off_no_message_is_sent(
    settings, sent, django_capture_on_commit_callbacks, changes
):
    configure(settings, **changes)
    ticket = TicketFactory.create(status="open")

    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.close_ticket(ticket.pk, at=NOW, by="kim")

    assert sent == []
    assert Ticket.objects.get().bill_after is not None


def test_both_events_make_one_invoice(settings):
    configure(settings, auto_bill_on_close=True, auto_bill_on_resolve=True, delay_minutes=0)
    ticket = TicketFactory.create(status="open")
    TimeEntryFactory.create(ticket=ticket)

    lifecycle.resolve_ticket(ticket.pk, at=NOW, by="kim")
    lifecycle.close_ticket(ticket.pk, at=later(seconds=1), by="kim")
    for _ in range(5):
        automation.bill_due_ticket(ticket.pk, at=later(minutes=1))

    assert list(Invoice.objects.values_list("line_count", "subtotal_cents")) == [(1, 8000)]


def test_a_message_that_comes_before_the_ticket_is_due_bills_nothing():
    ticket = closed_ticket("1.00")

    answer = automation.bill_due_ticket(ticket.pk, at=CLOSED + timedelta(minutes=4))

    assert answer is None
    assert not Invoice.objects.exists()
