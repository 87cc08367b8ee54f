"""Whatever becomes of Stripe's answers, a document is there once (I-09); what cannot go on is parked and says why."""

from __future__ import annotations

import pytest

from contracts.models import Client
from invoicing.models import Anomaly, StripeCall
from invoicing.sending import send_invoices
from invoicing.stripe.again import try_again
from invoicing.stripe.client import calling
from invoicing.stripe.emptying import RETRY_MINUTES
from invoicing.switches import stop_automation
from tests.commands.running import AT, run
from tests.factories import NOW, ClientFactory, later
from tests.invoicing.documents import draft, issue
from tests.invoicing.stripe.pushing import call, document, once, push, sim, states, there, until_done

__all__ = ["sim"]

pytestmark = pytest.mark.django_db

FIVE = {
    "customer": "POST /v1/customers",
    "invoice": "POST /v1/invoices",
    "lines": "POST /v1/invoices/{id}/add_lines",
    "finalize": "POST /v1/invoices/{id}/finalize",
    "send": "POST /v1/invoices/{id}/send",
}
LOST = ("drop", "hang", 500, 409, 429)


def lose_answers(sim, monkeypatch, *, trials):
    """Stripe acts and its answer is lost; each trial a document of a client of its own."""
    monkeypatch.setattr(calling, "READ_SECONDS", 0.2)
    made = []
    for n in range(trials):
        for route in FIVE.values():
            made.append(document(10000, 33, discount="10"))
            sim.fail_next(route, how=LOST[n % len(LOST)], after_effect=True)
            until_done()
    for one in made:
        once(sim, one)
    assert len(sim.objects("invoice")) == len(sim.objects("customer")) == len(made)
    assert not Anomaly.objects.exists()


def test_I_09_a_lost_answer_at_any_step_leaves_one_object_of_each_document(sim, monkeypatch):
    lose_answers(sim, monkeypatch, trials=5)


@pytest.mark.full
def test_I_09_lost_answers_at_any_step_60_times_each_leave_one_object_of_each_document(sim, monkeypatch):
    lose_answers(sim, monkeypatch, trials=60)


def test_I_09_when_stripe_has_forgotten_the_key_it_is_asked_before_anything_is_made_again(sim):
    made = []
    for route in FIVE.values():
        made.append(document(10000))
        sim.fail_next(route, how="drop", after_effect=True)
        push()
        sim.advance(hours=25)
        StripeCall.objects.filter(status="queued", first_tried_at=NOW).update(next_at=later(hours=25))
        assert push(later(hours=24)) == []
        push(later(hours=25))
    unsent = document(10000)
    sim.fail_next(FIVE["invoice"], how="drop")
    push()
    sim.advance(hours=25)
    push(later(hours=25))

    for one in (*made, unsent):
        once(sim, one)
    assert call(unsent, "invoice").key == f"invoice:{unsent.external_id}:1.2"
    assert len(sim.objects("invoice")) == len(made) + 1


def test_nothing_is_tried_while_stripe_is_away_or_automation_is_stopped_and_all_of_it_later(sim):
    first, second = document(10000), document(500)
    sim.fail_next("*", how="drop", times=2)

    assert push() == [("customer", "queued")]
    assert push(later(seconds=30)) == [("customer", "queued")]
    assert push(later(seconds=45)) == []
    waiting = StripeCall.objects.get(client=first.client, purpose="customer")
    assert (waiting.attempts, waiting.last_error) == (1, "Stripe could not be reached, or did not answer in time")
    StripeCall.objects.filter(client=second.client).update(queued_by="system")
    stop_automation(reason="test", by="petra", at=NOW)
    until_done_by_people = push(later(minutes=5))

    assert ("send", "done") in until_done_by_people
    assert states(second)["send"] == "queued"


def test_a_step_that_never_gets_an_answer_is_parked_and_the_others_go_on(sim):
    lost = document(10000)
    sim.fail_next(FIVE["lines"], how=409, times=len(RETRY_MINUTES) + 1)
    for day in range(len(RETRY_MINUTES) + 1):
        push(later(days=day))
    fine = document(10000)
    push(later(days=30))

    assert call(lost, "lines").attempts == len(RETRY_MINUTES) + 1
    assert states(lost) == {
        "invoice": "done", "lines": "parked", "finalize": "queued", "pay": "queued", "send": "queued",
    }  # fmt: skip
    once(sim, fine)


def test_what_stripe_refuses_is_parked_with_its_words_and_goes_on_when_somebody_mended_it(sim):
    made = document(10000, vat_id="DE136695976", external_id="acme")
    Client.objects.filter(pk=made.client_id).update(vat_id="DE")
    assert push() == [("customer", "parked")]
    parked = StripeCall.objects.get(purpose="customer")
    assert parked.last_error == "Invalid value for eu_vat."
    with pytest.raises(ValueError, match="say why"):
        try_again([parked.pk], reason=" ", by="petra", at=NOW)

    Client.objects.filter(pk=made.client_id).update(vat_id="DE136695976")
    assert try_again([parked.pk], reason="mended", by="petra", at=NOW) == 1
    push()

    once(sim, made)


def test_sending_a_document_again_that_is_parked_tries_it_anew(sim):
    made = document(10000, vat_id="DE0")
    push()
    with_another = document(500)
    sim.fail_next(FIVE["invoice"], how=409, times=len(RETRY_MINUTES) + 1)
    for day in range(len(RETRY_MINUTES) + 1):
        push(later(days=day))
    Client.objects.filter(pk=made.client_id).update(vat_id="DE136695976")
    assert run("send_invoices", "--at", AT).lines[-1].startswith("0 documents")

    assert run("send_invoices", "--at", AT, "--parked").lines[-1].startswith("2 documents: 2 queued")

    push(later(days=20))

    for one in (made, with_another):
        once(sim, one)


def test_I_08_a_total_that_differs_is_not_finalised_but_shown_and_waits_for_a_person(sim):
    made = document(10000)
    sim.fail_next(FIVE["finalize"], how=429)
    push()
    found = there(sim, made)
    sim.act("POST", "/v1/invoiceitems", {"customer": found["customer"], "invoice": found["id"], "amount": 1})
    push(later(minutes=2))

    assert there(sim, made)["status"] == "draft"
    assert call(made, "finalize").status == "parked"
    assert Anomaly.objects.get().kind == "stripe_total_differs"


def test_a_request_that_is_not_what_was_sent_under_its_key_is_refused_loudly_and_looked_for_by_a_person(sim):
    made = document(10000)
    sim.fail_next(FIVE["invoice"], how="drop", after_effect=True)
    push()
    StripeCall.objects.filter(invoice=made, purpose="invoice").update(request_hash="other")
    requests = len(sim.calls(FIVE["invoice"]))

    assert push(later(minutes=2)) == [("invoice", "parked")]

    assert len(sim.calls(FIVE["invoice"])) == requests
    assert Anomaly.objects.get().kind == "stripe_request_changed"
    try_again([call(made, "invoice").pk], reason="seen there", by="petra", at=later(minutes=3))
    push(later(minutes=3))
    once(sim, made)


@pytest.mark.parametrize("state", ["void", "paid"])
def test_a_document_that_somebody_moved_on_at_stripe_is_an_anomaly_and_no_failure(sim, state):
    made = document(10000)
    sim.fail_next(FIVE["send"], how=429)
    push()
    found = there(sim, made)["id"]
    if state == "void":
        sim.act("POST", f"/v1/invoices/{found}/void")
    else:
        sim.customer_pays(found)
    StripeCall.objects.filter(purpose="send").update(first_tried_at=None)
    push(later(minutes=2))

    assert states(made)["send"] == "cancelled"
    assert Anomaly.objects.get().kind == f"{state}_at_stripe"


def test_one_document_that_fails_keeps_no_other_of_the_same_client_from_going(sim):
    whom = ClientFactory.create(delivery="stripe")
    made = [draft(10000, client=whom, collects=month) for month in ("2026-01", "2026-02")]
    for one in made:
        issue(one)
    send_invoices([one.pk for one in made], at=NOW, by="petra")
    sim.fail_next(FIVE["invoice"], how=500)
    push()

    assert [states(one)["send"] for one in made] == ["queued", "done"]
    push(later(minutes=2))
    once(sim, made[0])
