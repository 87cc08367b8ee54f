"""No event is lost, each acts once, and what cannot be applied waits with its reason (D-05, I-10, I-12)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from invoicing.models import Anomaly, AuditEntry, Payment, StripeEvent
from invoicing.stripe import anomalies
from invoicing.stripe.processing import MOST_ATTEMPTS, process_event, replay_event
from invoicing.transitions import InvalidTransition
from tests.invoicing.stripe.telling import EVENT, SECRETS, AtStripe, event_body, now, process, receive, set_up, signed
from tests.stripe_simulator import StripeSimulator

pytestmark = pytest.mark.django_db
REFUSED = r"kept as it was received|stays so|cannot be deleted|can only be closed, once"
WHY: Any = {"reason": "looked at", "by": "petra"}


@pytest.fixture
def sim(settings: Any) -> Iterator[StripeSimulator]:
    with StripeSimulator() as running:
        set_up(settings, running)
        yield running


def paid(sim: StripeSimulator, *, known: bool = True) -> AtStripe:
    """A document that was paid at Stripe, of which the event `invoice.paid` was received."""
    sim.webhook(receive, SECRETS, types=["invoice.paid"])
    there = AtStripe.sent(sim, known=known)
    sim.customer_pays(there.invoice)
    sim.deliver()
    return there


def only() -> StripeEvent:
    return StripeEvent.objects.get()


def test_D_05_an_event_for_an_invoice_not_known_yet_waits_and_is_applied_when_it_is(sim: StripeSimulator) -> None:
    there = paid(sim, known=False)
    assert [event.outcome for event in process()] == ["unmatched"]
    assert (only().status, only().last_error) == ("pending", f"invoice {there.invoice} is not known here")
    there.become_known()
    assert process() == []  # not before it is due again
    assert [event.outcome for event in process(minutes=2)] == ["1 payment recorded"]
    assert there.state()[:2] == ("paid", 11900)
    assert (only().invoice_id, only().last_error, only().attempts) == (there.document.pk, "", 2)


def test_D_05_what_cannot_be_applied_for_72_hours_is_parked_and_a_person_has_it_tried_again(
    sim: StripeSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    there = paid(sim, known=False)
    for hours in (0, 1, 2, 30, 71):
        assert [event.status for event in process(hours=hours)] == ["pending"]
    assert [event.status for event in process(hours=75)] == ["parked"]
    assert [(record.levelname, "parked" in record.getMessage()) for record in caplog.records][-1] == ("ERROR", True)
    entry = AuditEntry.objects.get(action="stripe_event.parked")
    assert (entry.data["event"], entry.reason) == (only().event_id, f"invoice {there.invoice} is not known here")
    assert process(hours=100) == []

    there.become_known()
    with pytest.raises(ValueError, match="say why"):
        replay_event(only().pk, reason=" ", by="petra", at=now())
    replay_event(only().pk, at=now(), **WHY)
    assert [event.outcome for event in process()] == ["1 payment recorded"]
    with pytest.raises(InvalidTransition, match="is processed and is not processed again"):
        replay_event(only().pk, at=now(), **WHY)
    assert AuditEntry.objects.get(action="stripe_event.replayed").by == "petra"


def test_D_05_while_stripe_does_not_answer_the_event_waits_with_the_reason(sim: StripeSimulator) -> None:
    there = paid(sim)
    sim.fail_next("GET /v1/invoices/{id}", how=500)
    assert [event.outcome for event in process()] == ["failed"]
    assert only().last_error.startswith("StripeProblem: ")
    assert only().next_at - timezone.now() < timedelta(minutes=1)
    sim.fail_next("GET /v1/invoices/{id}", how="drop")
    assert [event.outcome for event in process(minutes=2)] == ["failed"]
    assert [event.outcome for event in process(minutes=10)] == ["1 payment recorded"]
    assert there.state()[:2] == ("paid", 11900)
    StripeEvent.objects.update(attempts=0)
    assert process_event(only().pk, at=now(hours=1)).outcome == "1 payment recorded"
    assert Payment.objects.count() == 1


def test_D_05_an_event_over_which_its_worker_dies_is_parked_in_the_end(sim: StripeSimulator) -> None:
    paid(sim)
    StripeEvent.objects.update(attempts=MOST_ATTEMPTS)
    assert [event.status for event in process()] == ["parked"]
    assert only().last_error == "RuntimeError: 60 attempts ended without a result"


def test_D_05_events_that_are_not_ours_or_say_too_little_harm_no_other(sim: StripeSimulator) -> None:
    thing = {"id": "in_1", "object": "invoice", "status": "open", "currency": "eur", "total": 1, "amount_paid": 0}
    for name, shape in {
        "foreign": {**thing, "metadata": {"shop": "7"}}, "unknown": {**thing, "metadata": {}},
        "few": {"id": "in_1"}, "float": {**thing, "total": 1.5}, "large": {**thing, "total": 10**30}, "none": None,
    }.items():  # fmt: skip
        signed(event_body(id=name, type="invoice.finalized", data={"object": shape}))
    there = paid(sim)
    told = {event.event_id: (event.status, event.outcome) for event in process()}
    assert told.pop("foreign") == ("ignored", "invoice in_1 was not made by this system")
    assert told.pop("unknown") == ("pending", "unmatched")
    assert {told.pop(name) for name in ("few", "float", "large", "none")} == {("pending", "failed")}
    assert list(told.values()) == [("processed", "1 payment recorded")]
    assert there.state()[:2] == ("paid", 11900)


def test_I_10_the_database_keeps_events_and_findings_as_they_were_received() -> None:
    at = now()
    old = {**dict.fromkeys(("received_at", "next_at"), at - timedelta(days=91)), "event_id": "evt_old"}
    StripeEvent.objects.create(event_type="x", payload=b"{}", **old)
    event = StripeEvent.objects.create(
        event_id="evt_1", event_type="x", payload=b"{}", received_at=at, next_at=at, deliveries=2
    )
    event.mark_as_processed("done", at=at)
    anomalies.note("kind", "text", event=event, at=at)
    anomalies.close_anomaly(Anomaly.objects.get().pk, at=at, **WHY)
    with pytest.raises(InvalidTransition, match="was closed before"):
        anomalies.close_anomaly(Anomaly.objects.get().pk, at=at, **WHY)
    mine, findings = StripeEvent.objects.filter(pk=event.pk), Anomaly.objects.all()
    for act in (
        lambda: mine.update(event_id="evt_2"), lambda: mine.update(event_type="y"), lambda: mine.update(deliveries=1),
        lambda: mine.update(payload=b"[]"), lambda: mine.update(payload=b""), lambda: mine.update(received_at=now()),
        lambda: mine.update(status="pending"), lambda: mine.update(processed_at=now()),
        StripeEvent.objects.filter(event_id="evt_old").delete,
        lambda: findings.update(text="other"), lambda: findings.update(closed_at=None), findings.delete,
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
            act()
    assert StripeEvent.objects.filter(event_id="evt_old").update(payload=b"") == 1
    assert [anomalies.note("kind", "text", event=event, at=at) for _ in range(2)] == [False, False]
    assert AuditEntry.objects.get(action="anomaly.closed").reason == "looked at"


def test_D_05_the_command_says_what_it_would_do_and_then_does_it(sim: StripeSimulator) -> None:
    there = paid(sim)
    signed(json.dumps({**EVENT, "id": "evt_odd"}).encode())

    def run(*options: str) -> Any:
        out = StringIO()
        try:
            call_command("process_stripe_events", *options, "--by", "nightly", "--format", "json", stdout=out)
        except CommandError as problem:
            return str(problem), {one["type"]: one["outcome"] for one in json.loads(out.getvalue())["events"]}
        return "", json.loads(out.getvalue())["summary"]

    before = list(StripeEvent.objects.values())
    assert run("--dry-run") == (
        "some events could not be processed; they are tried again",
        {"invoice.paid": "would fail"},
    )
    assert list(StripeEvent.objects.values()) == before
    assert run()[0] != ""
    assert there.state()[:2] == ("paid", 11900)
    assert run("--event", "evt_odd", "--reason", "again")[1] == {"invoice.paid": "failed"}
    with pytest.raises(CommandError, match="say why"):
        call_command("process_stripe_events", "--event", "evt_odd")
    with pytest.raises(CommandError, match="there is no event 'evt_none'"):
        call_command("process_stripe_events", "--event", "evt_none", "--reason", "x")
