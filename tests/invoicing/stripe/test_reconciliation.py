"""Ours and Stripe's are laid side by side: what is safe is repaired, the rest is shown until it is gone (D-06)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoicing.lifecycle.payments import record_payment
from invoicing.models import Anomaly, AuditEntry, Heartbeat, Payment, StripeCall, StripeEvent, StripeInvoice
from invoicing.stripe import anomalies
from invoicing.stripe.reconciliation.documents import Run, differing_documents
from invoicing.stripe.reconciliation.running import reconcile
from invoicing.tasks import reconcile_stripe
from tests.invoicing.stripe.telling import SECRETS, AtStripe, now, receive, set_up
from tests.stripe_simulator import StripeSimulator

pytestmark = pytest.mark.django_db


@pytest.fixture
def sim(settings: Any) -> Iterator[StripeSimulator]:
    with StripeSimulator() as running:
        set_up(settings, running)
        yield running
        assert running.refusals == []


def compared(*, dry_run: bool = False, **later: float) -> list[tuple[str, str]]:
    """Kind and outcome of each difference."""
    found = reconcile(by="petra", at=now(**later), dry_run=dry_run)
    return [(one.finding.kind, str(one.outcome)) for one in found]


def documents(**later: float) -> list[tuple[str, str]]:
    """The same of documents alone, as if Stripe had forgotten the events."""
    return [(one.finding.kind, str(one.outcome)) for one in differing_documents(Run(now(**later), "petra", False))]


def settled(sim: StripeSimulator, **how: Any) -> AtStripe:
    """A document of which both know the same."""
    there = AtStripe.sent(sim, **how)
    documents()
    return there


def test_D_06_events_of_an_outage_are_received_once_and_act_as_if_they_had_come(sim: StripeSimulator) -> None:
    there = AtStripe.sent(sim)
    sim.customer_pays(there.invoice)
    sim.act("POST", "/v1/refunds", {"charge": there.charge, "amount": 1900})
    sim.webhook(receive, SECRETS)
    sim.drop_pending()
    refunded = ("charge.refunded", "refund.created")
    missed = len(sim.events("invoice.finalized", "invoice.paid", "invoice.payment_succeeded", *refunded))

    planned = compared(dry_run=True)
    assert planned.count(("stripe_event_missed", "found")) == missed == 5
    assert not StripeEvent.objects.exists()
    assert not Heartbeat.objects.exists()
    assert compared() == [("stripe_event_missed", "repaired")] * missed
    assert there.state()[:3] == ("paid", 10000, "paid")
    assert {event.status for event in StripeEvent.objects.all()} == {"processed"}
    assert Payment.objects.count() == 2

    assert compared(minutes=1) == []
    assert Heartbeat.objects.filter(pk="stripe reconciliation").exists()
    done = AuditEntry.objects.filter(action="stripe.reconciled").order_by("pk")
    assert [(one.by, one.data) for one in done] == [("petra", {"repaired": missed}), ("petra", {})]
    asked = sim.calls("GET /v1/events")[-1].params["created"]["gte"]
    assert now().timestamp() - int(asked) == pytest.approx(86400, abs=90)  # since the last run, and a day more


def test_D_06_a_payment_of_which_no_event_tells_any_more_is_recorded_with_its_own_day(sim: StripeSimulator) -> None:
    there, given_up, other = settled(sim), settled(sim, cents=200), settled(sim, cents=300)
    sim.customer_pays(there.invoice)
    sim.act("POST", f"/v1/invoices/{given_up.invoice}/mark_uncollectible")
    assert set(documents()) == {
        ("stripe_row_outdated", "repaired"), ("stripe_payment_missed", "repaired"),
        ("stripe_given_up_missed", "repaired"),
    }  # fmt: skip
    assert there.state()[:3] == ("paid", 11900, "paid")
    assert given_up.state()[:3] == ("uncollectible", 0, "uncollectible")
    assert other.state()[:3] == ("open", 0, "open")
    assert Payment.objects.get().method == "stripe"
    assert documents() == []


def test_D_06_a_document_whose_row_is_missing_here_is_known_again_and_no_other_is(sim: StripeSimulator) -> None:
    there = AtStripe.sent(sim, known=False)
    sim.act("POST", "/v1/invoices", {"customer": sim.objects("customer")[0]["id"], "metadata": {"shop": "7"}})
    assert documents() == [("stripe_row_missing", "repaired")]
    assert StripeInvoice.objects.get().stripe_id == there.invoice
    assert AuditEntry.objects.get(action="stripe.adopted").data == {"stripe_id": there.invoice}
    ours = {"billing_invoice": there.document.external_id}
    customer = sim.objects("customer")[0]["id"]
    for metadata in (ours, {"billing_invoice": "restored-away"}):
        sim.act("POST", "/v1/invoices", {"customer": customer, "metadata": metadata})
    assert sorted(documents()) == [("twice_at_stripe", "remains"), ("unknown_at_stripe", "remains")]


def test_D_06_what_cannot_be_repaired_is_one_row_however_often_it_is_found_and_closes_itself(
    sim: StripeSimulator,
) -> None:
    voided, elsewhere, stuck, gone = (settled(sim, cents=cents) for cents in (100, 200, 300, 400))
    sim.act("POST", f"/v1/invoices/{voided.invoice}/void")
    sim.act("POST", f"/v1/invoices/{elsewhere.invoice}/pay", {"paid_out_of_band": True})
    paid: Any = {"received_on": date(2026, 1, 20), "reference": "bank", "by": "petra", "at": now()}
    record_payment(stuck.document.pk, 357, **paid)
    StripeInvoice.objects.filter(invoice=gone.document).update(stripe_id="in_none")
    remain = {
        ("void_at_stripe", "remains"), ("paid_at_stripe_open_here", "remains"), ("open_at_stripe", "remains"),
        ("gone_at_stripe", "remains"), ("twice_at_stripe", "remains"),
    }  # fmt: skip
    repaired = {("stripe_row_outdated", "repaired")}
    assert set(documents()) == remain | repaired
    rows = list(Anomaly.objects.order_by("pk").values())
    assert set(documents()) == set(documents(days=1)) == remain
    assert list(Anomaly.objects.order_by("pk").values()) == rows

    record_payment(elsewhere.document.pk, 238, **paid)
    sim.act("POST", f"/v1/invoices/{stuck.invoice}/pay", {"paid_out_of_band": True})
    anomalies.close_anomaly(Anomaly.objects.get(kind="void_at_stripe").pk, reason="written off", by="petra", at=now())
    after = set(documents(days=1))
    assert {("paid_at_stripe_open_here", "gone"), ("open_at_stripe", "gone"), ("void_at_stripe", "accepted")} <= after
    closed = Anomaly.objects.filter(closed_by="system")
    assert {one.closing_reason for one in closed} == {"gone: here and at Stripe it is the same now"}
    assert not any(outcome == "gone" for _, outcome in documents(days=2))


def test_D_06_a_difference_that_comes_back_is_shown_anew(sim: StripeSimulator) -> None:
    there = AtStripe.sent(sim)
    for number in (1, 2, 3):
        assert anomalies.note("open_at_stripe", "text", invoice=there.document, at=now())
        assert not anomalies.note("open_at_stripe", "text", invoice=there.document, at=now())
        assert ("open_at_stripe", "gone") in documents()
        assert Anomaly.objects.filter(closed_by="system").count() == number


def test_D_06_a_refund_that_failed_after_it_was_recorded_is_recorded_back_once_and_shown(sim: StripeSimulator) -> None:
    there = AtStripe.sent(sim)
    sim.customer_pays(there.invoice)
    refund = sim.act("POST", "/v1/refunds", {"charge": there.charge, "amount": 1900})["id"]
    compared()
    sim.world.things[refund]["status"] = "failed"
    assert compared(dry_run=True) == [("stripe_refund_failed", "remains")]
    assert there.state()[:2] == ("paid", 10000)
    assert compared() == compared() == [("stripe_refund_failed", "remains")]
    assert there.state()[:2] == ("paid", 11900)
    assert "19.00 EUR" in Anomaly.objects.get().text


def test_D_06_what_is_on_its_way_is_no_difference_and_many_documents_cost_few_queries(sim: StripeSimulator) -> None:
    there = [settled(sim, cents=cents) for cents in (100, 200, 300)]
    record_payment(there[0].document.pk, 119, received_on=date(2026, 1, 20), reference="b", by="petra", at=now())
    fields = {"client": there[0].document.client, "queued_at": now(), "next_at": now()}
    StripeCall.objects.create(key="paid_elsewhere:x", purpose="paid_elsewhere", invoice=there[0].document, **fields)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert documents() == []
    for cents in (400, 500, 600):
        settled(sim, cents=cents)
    with CaptureQueriesContext(connection) as many:
        assert documents() == []
    assert len(many) == len(few) < 20
    assert len(sim.calls("GET /v1/invoices/{id}")) == 0


def test_D_06_the_command_says_what_remains_and_the_task_bears_an_outage(
    sim: StripeSimulator, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    there = settled(sim)

    def run(*options: str) -> tuple[str, str]:
        out = StringIO()
        try:
            call_command("reconcile_stripe", *options, "--by", "nightly", stdout=out, stderr=StringIO())
        except CommandError as problem:
            return str(problem), out.getvalue()
        return "", out.getvalue()

    run()
    assert run() == ("", "no difference\n")
    sim.act("POST", f"/v1/invoices/{there.invoice}/void")
    before = list(StripeEvent.objects.values()), list(StripeInvoice.objects.values())
    problem, said = run("--dry-run")
    assert problem == "3 differences remain; see the page Anomalies"
    assert [line.split("  ")[0] for line in said.splitlines()] == ["would be repaired", "would be repaired", "remains"]
    assert (list(StripeEvent.objects.values()), list(StripeInvoice.objects.values())) == before
    assert not Anomaly.objects.exists()
    problem, said = run("--format", "json")
    assert problem == "1 difference remains; see the page Anomalies"
    assert json.loads(said)["summary"] == {"repaired": 1, "remains": 1}

    sim.fail_next("GET /v1/events", how=500)
    reconcile_stripe()
    assert "not compared with stripe" in caplog.text
    set_up(settings, sim, stripe_secret_key="")
    assert run()[0].startswith("Stripe is not set up")
    assert reconcile_stripe() is None
