"""What somebody deleted at Stripe is made again, and no document is ever final there twice."""

from __future__ import annotations

import pytest

from contracts.models import Client
from invoicing.lifecycle.credit import credit_invoice
from invoicing.lifecycle.void import void_invoice
from invoicing.models import Anomaly, AuditEntry, StripeCall, StripeInvoice
from invoicing.parked import dismiss_call
from invoicing.sending import plan_sending, send_invoices
from invoicing.stripe.again import try_again
from tests.factories import NOW, later
from tests.invoicing.documents import draft, issue
from tests.invoicing.stripe.pushing import call, document, once, push, sim, states, there, until_done
from tests.invoicing.stripe.test_push_faults import FIVE

__all__ = ["sim"]

pytestmark = pytest.mark.django_db
CUSTOMER, DRAFT = "the customer was deleted at Stripe", "the draft was deleted at Stripe"


def begun(sim, before, *items):
    """A document of which everything before a step is there."""
    made = document(*(items or (10000, 500)))
    sim.fail_next(FIVE[before], how=429)
    push()
    return made


def final(sim, made):
    ours = [one for one in sim.objects("invoice") if one["metadata"]["billing_invoice"] == made.external_id]
    return [one["status"] for one in ours]


def delete_customer(sim, made):
    sim.act("DELETE", f"/v1/customers/{made.client.stripe_customer.stripe_id}")


def take_lines_out(sim, made):
    draft_there = there(sim, made)["id"]
    lines = [{"id": sim.lines(draft_there)[0]["id"], "behavior": "delete"}]
    sim.act("POST", f"/v1/invoices/{draft_there}/remove_lines", {"lines": lines})


def delete_draft(sim, made):
    sim.act("DELETE", f"/v1/invoices/{there(sim, made)['id']}")


@pytest.mark.parametrize(
    ("deleted", "before", "said"),
    [
        (delete_customer, "invoice", CUSTOMER), (delete_draft, "lines", DRAFT),
        (take_lines_out, "finalize", "lines were taken out of the draft at Stripe"),
        pytest.param(delete_customer, "finalize", CUSTOMER, marks=pytest.mark.full),
        pytest.param(delete_draft, "finalize", DRAFT, marks=pytest.mark.full),
    ],
)  # fmt: skip
def test_what_was_deleted_is_made_again_whatever_answers_are_lost_meanwhile(sim, deleted, before, said):
    made = begun(sim, before)
    other = draft(700, client=made.client, collects="2026-02")
    issue(other)
    deleted(sim, made)
    send_invoices([other.pk], at=NOW, by="petra")
    for route in ("DELETE /v1/invoices/{id}", *FIVE.values()):
        sim.fail_next(route, how="drop", after_effect=True)
    until_done(later(minutes=2))

    for one in (made, other):
        once(sim, one)
        assert final(sim, one) == ["open"]
    entries = list(AuditEntry.objects.filter(action="stripe.made_again").order_by("pk"))
    assert {entry.by for entry in entries} == {"system"}
    assert entries[0].reason in (said, DRAFT)  # by us, its answer lost
    for entry in entries:
        made_anew = StripeCall.objects.filter(invoice=entry.subject_id, purpose="invoice", status="done").latest("pk")
        assert made_anew.key.rpartition(":")[2].startswith("2")
    assert not Anomaly.objects.exists()


def test_a_client_that_changed_and_was_deleted_there_is_a_customer_again_and_what_follows_still_follows(sim):
    made = begun(sim, "finalize")
    Client.objects.filter(pk=made.client_id).update(name="Acme AG")
    credit_invoice(made.pk, [2], reason="wrong", by="petra", at=NOW)
    delete_customer(sim, made)
    second = draft(700, client=made.client, collects="2026-02")
    issue(second)
    send_invoices([second.pk], at=NOW, by="petra")
    until_done(later(minutes=2))

    (customer,) = sim.objects("customer")
    assert (customer["name"], there(sim, second)["customer"]) == ("Acme AG", customer["id"])
    made.refresh_from_db()
    assert (there(sim, made)["status"], there(sim, made)["amount_remaining"]) == ("open", made.open_cents)
    assert len(sim.objects("credit_note")) == 1


def test_an_object_that_another_account_lacks_is_not_made_again_nor_is_one_that_is_deleted_over_and_over(sim):
    elsewhere, stubborn = begun(sim, "lines"), begun(sim, "finalize")
    delete_draft(sim, elsewhere)
    sim.world.things.pop(elsewhere.client.stripe_customer.stripe_id)
    for _ in range(4):
        delete_draft(sim, stubborn)
        sim.fail_next(FIVE["finalize"], how=429)
        push(later(minutes=2))
        StripeCall.objects.filter(status="queued", invoice=stubborn, attempts=1).update(next_at=later(minutes=2))

    assert states(elsewhere)["lines"] == states(stubborn)["finalize"] == "parked"
    assert list(Anomaly.objects.values_list("kind", flat=True)) == ["missing_at_stripe"] * 2
    assert (final(sim, elsewhere), final(sim, stubborn)) == ([], [])


def test_a_cancelled_document_is_undone_at_stripe_also_where_its_draft_is_gone_or_its_steps_were_dismissed(sim):
    gone = begun(sim, "lines")
    delete_draft(sim, gone)
    made = []
    for effect in (True, False):
        made.append(document(300))
        sim.fail_next(FIVE["invoice"], how="drop", after_effect=effect)
        push()
        StripeCall.objects.filter(invoice=made[-1], purpose="invoice").update(status="parked")
        dismiss_call(call(made[-1], "invoice").pk, reason="seen", by="petra", at=NOW)
    assert len(sim.objects("invoice")) == 1
    for one in (gone, *made):
        void_invoice(one.pk, reason="wrong", by="petra", at=NOW)
    until_done(later(minutes=2))

    assert sim.objects("invoice") == []
    assert not Anomaly.objects.exists()
    assert not StripeCall.objects.filter(status__in=["queued", "parked"]).exists()


def test_a_dismissed_step_is_gone_on_with_by_sending_or_trying_again(sim):
    made = begun(sim, "finalize")
    StripeCall.objects.filter(invoice=made, purpose="finalize").update(status="parked")
    dismiss_call(call(made, "finalize").pk, reason="seen", by="petra", at=NOW)
    assert [one.outcome for one in plan_sending([made.pk], at=NOW, by="petra")] == ["queued"]
    send_invoices([made.pk], at=NOW, by="petra")
    push(later(minutes=1))
    once(sim, made)

    void_invoice(made.pk, reason="wrong", by="petra", at=NOW)
    StripeCall.objects.filter(invoice=made, purpose="void").update(status="parked")
    dismiss_call(call(made, "void").pk, reason="later", by="petra", at=NOW)
    for expected in (1, 0):
        assert try_again([call(made, "void").pk], reason="now", by="petra", at=later(minutes=2)) == expected
    push(later(minutes=2))
    assert there(sim, made)["status"] == "void"
    assert StripeInvoice.objects.get(invoice=made).status == "void"
