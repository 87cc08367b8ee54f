"""Whoever dies, and however many deliver or process at once: each event is kept once and acts once (I-10, I-11)."""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError

from invoicing.models import AuditEntry, Mail, Payment, StripeEvent, StripeInvoice
from invoicing.stripe.processing import process_event
from invoicing.stripe.receiving import read, receive
from tests.faults.points import Trap, at_every_moment
from tests.forks import die, fork, together
from tests.invoicing.stripe import telling
from tests.invoicing.stripe.telling import AtStripe, event_body, now, process, set_up
from tests.processes import becomes
from tests.stripe_simulator import StripeSimulator

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sim(settings: Any) -> Iterator[StripeSimulator]:
    with StripeSimulator() as running:
        set_up(settings, running)
        running.webhook(telling.receive, telling.SECRETS, types=["invoice.paid"])
        yield running


def fail() -> None:
    raise OperationalError("the line broke")


def delivered(body: bytes, trap: Trap | None = None) -> None:
    with at_every_moment(trap.reach) if trap else contextlib.nullcontext():
        receive(read(body), body, at=now())


def processed(pk: int, trap: Trap) -> None:
    with at_every_moment(trap.reach):
        process_event(pk, at=now())


def paid(sim: StripeSimulator) -> AtStripe:
    """A document that was paid at Stripe; its event was received and waits."""
    there = AtStripe.sent(sim)
    sim.customer_pays(there.invoice)
    sim.deliver()
    return there


def event_of(there: AtStripe) -> int:
    return StripeEvent.objects.values_list("pk", flat=True).get(object_id=there.invoice)


def moments_of(work: Callable[[Trap], None]) -> int:
    counted = Trap(die)
    work(counted)
    return len(counted.moments)


def books() -> list[tuple[Any, ...]]:
    """What each document came to, in every table that an event writes; the same for all, or something is wrong."""
    return [
        (
            one.status, list(Payment.objects.filter(invoice=one.invoice_id).values_list("amount_cents", "method")),
            sorted(AuditEntry.objects.filter(subject_kind="invoice", subject_id=one.invoice_id, by="stripe")
                   .values_list("action", flat=True)),
        )
        for one in StripeInvoice.objects.order_by("pk")
    ]  # fmt: skip


def test_I_10_a_process_killed_at_any_moment_of_receiving_loses_nothing_and_doubles_nothing() -> None:
    moments = moments_of(lambda trap: delivered(event_body(id="evt_whole"), trap))
    for n in range(1, moments + 1):
        fork(delivered, event_body(id=f"evt_{n}"), Trap(die, at=n)).join(30)
        delivered(event_body(id=f"evt_{n}"))  # Stripe got no answer and delivers it again
    assert StripeEvent.objects.count() == moments + 1
    assert set(StripeEvent.objects.values_list("status", flat=True)) == {"pending"}


def test_I_11_a_process_killed_or_a_statement_failing_at_any_moment_of_processing_has_one_effect(
    sim: StripeSimulator,
) -> None:
    whole = event_of(paid(sim))
    moments = moments_of(lambda trap: processed(whole, trap))
    to_kill = [event_of(paid(sim)) for _ in range(moments)]
    failing = range(1, moments + 1, 3)
    to_fail = [event_of(paid(sim)) for _ in failing]

    killed = [fork(processed, pk, Trap(die, at=n)) for n, pk in enumerate(to_kill, 1)]
    for child in killed:
        child.join(30)
    for n, pk in zip(failing, to_fail, strict=True):
        with contextlib.suppress(OperationalError):  # before anything is known of the event
            processed(pk, Trap(fail, at=n))

    assert [child.exitcode for child in killed] == [-signal.SIGKILL] * moments
    assert becomes(lambda: process(minutes=90) == [] and not StripeEvent.objects.filter(status="pending").exists())
    assert books() == [("paid", [(11900, "stripe")], ["invoice.paid", "invoice.payment"])] * (
        1 + moments + len(failing)
    )


def test_I_11_twenty_copies_delivered_and_processed_at_once_act_once(sim: StripeSimulator) -> None:
    there = AtStripe.sent(sim)
    sim.customer_pays(there.invoice)
    body = json.dumps(sim.events("invoice.paid")[0]).encode()
    assert together([partial(delivered, body)] * 10 + [partial(_delivered_and_processed, body)] * 10) == [0] * 20
    process(minutes=90)
    event = StripeEvent.objects.get()
    assert (event.deliveries, event.status) == (20, "processed")
    assert books() == [("paid", [(11900, "stripe")], ["invoice.paid", "invoice.payment"])]
    assert not Mail.objects.exists()


def _delivered_and_processed(body: bytes) -> None:
    delivered(body)
    process_event(StripeEvent.objects.get().pk, at=now())
