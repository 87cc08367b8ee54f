"""A document that cannot go to Stripe when it is issued waits where people see it, and goes once it can."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from contracts.models import Client
from invoicing.lifecycle.payments import mark_uncollectible
from invoicing.lifecycle.void import void_invoice
from invoicing.models import AuditEntry, Mail, StripeCall
from invoicing.parked import dismiss_call
from invoicing.sending import plan_sending, send_invoices
from invoicing.stripe import again
from invoicing.stripe.again import try_again
from invoicing.transitions import InvalidTransition
from office.alerts import current_alerts
from tests.factories import NOW, ClientFactory, configure, later
from tests.invoicing.documents import draft, issue
from tests.invoicing.stripe.pushing import call, document, once, push, sim, states
from tests.signing_in import signed_in

__all__ = ["sim"]

pytestmark = pytest.mark.django_db
NO_KEY = "Stripe is not set up: set STRIPE_SECRET_KEY"


def test_a_document_issued_without_a_key_is_a_fact_at_once_and_goes_by_itself_when_the_key_is_set(sim, settings):
    ready, settings.DEPLOYMENT = settings.DEPLOYMENT, replace(settings.DEPLOYMENT, stripe_secret_key="")
    configure(settings, auto_send_invoice=True)
    made = draft(10000, client=ClientFactory.create(delivery="stripe", automation="auto", e_invoice="none"))
    issue(made, by="system")
    send_invoices([made.pk], at=NOW, by="petra")

    held = call(made, "ready")
    assert (held.status, held.last_error, held.queued_by) == ("parked", NO_KEY, "system")
    assert AuditEntry.objects.get(action="stripe.held_back").subject_id == made.pk
    assert "stripe_documents_parked" in {alert.name for alert in current_alerts(at=NOW)}
    browser = signed_in("clerk", username="petra")
    assert "Documents that cannot go to Stripe" in browser.get(reverse("admin:index")).content.decode()
    shown = browser.get(reverse("admin:invoicing_invoice_change", args=[made.pk])).content.decode()
    assert NO_KEY in shown
    assert "It goes by itself" in shown
    with pytest.raises(InvalidTransition, match="set STRIPE_SECRET_KEY"):
        try_again([held.pk], reason="set", by="petra", at=later(minutes=1))
    assert push(later(minutes=3)) == []
    settings.DEPLOYMENT = ready
    assert push(later(minutes=4)) == []  # not looked at yet
    push(later(minutes=7))

    once(sim, made)
    assert call(made, "ready").status == "done"
    assert {one.queued_by for one in StripeCall.objects.filter(invoice=made)} == {"system"}
    assert push(later(days=1)) == []


def test_what_keeps_a_document_back_is_told_anew_and_a_person_has_it_tried_at_once(sim):
    made = document(10000, email="", external_id="acme")
    Client.objects.filter(pk=made.client_id).update(email="nonsense")
    push(later(minutes=5))
    assert call(made, "ready").last_error == "client acme: 'nonsense' is no e-mail address"
    assert StripeCall.objects.count() == 1

    Client.objects.filter(pk=made.client_id).update(email="office@acme.example")
    browser = signed_in("clerk", username="petra")
    again = reverse("admin:invoicing_stripecall_try_one_again", args=[call(made, "ready").pk])
    browser.post(again, {"confirmed": "yes", "reason": "mended"})
    push(timezone.now())
    once(sim, made)
    out = StringIO()
    call_command("send_invoices", "--parked", "--dry-run", stdout=out, stderr=StringIO())
    assert out.getvalue().startswith("0 documents")


def test_a_document_that_is_over_or_dismissed_or_goes_by_mail_is_not_waited_for_any_more(sim):
    void, given_up, dismissed, mailed = (document(100 + n, email="") for n in range(4))
    void_invoice(void.pk, reason="wrong", by="petra", at=NOW)
    mark_uncollectible(given_up.pk, reason="insolvent", by="petra", at=NOW)
    dismiss_call(call(dismissed, "ready").pk, reason="by letter", by="petra", at=NOW)
    Client.objects.all().update(email="office@acme.example")
    Client.objects.filter(pk=mailed.client_id).update(delivery="email")
    push(later(minutes=5))

    assert [states(one) for one in (void, given_up, dismissed)] == [{"ready": "cancelled"}] * 3
    assert states(mailed) == {"ready": "done"}
    assert Mail.objects.get().invoice == mailed
    assert sim.requests == []
    (plan,) = plan_sending([dismissed.pk], at=NOW, by="petra")
    assert plan.outcome == "queued"


def test_a_document_that_cannot_be_looked_at_keeps_no_other_back(sim, monkeypatch):
    broken, other = document(100, email=""), document(200, email="")
    Client.objects.update(email="office@acme.example")

    def sent(ids, **asked):
        if broken.pk in ids:
            raise ValueError("cannot be planned")
        return send_invoices(ids, **asked)

    monkeypatch.setattr(again, "send_invoices", sent)
    push(later(minutes=5))

    assert states(broken) == {"ready": "parked"}
    assert call(other, "ready").status == "done"
    once(sim, other)


def test_a_second_click_on_what_went_meanwhile_says_nothing_empty(sim, monkeypatch):
    made = document(100, email="")
    held = call(made, "ready")
    Client.objects.update(email="office@acme.example")

    def sent(ids, **asked):  # somebody else was faster
        send_invoices(ids, **asked)
        return send_invoices(ids, **asked)

    monkeypatch.setattr(again, "send_invoices", sent)

    assert try_again([held.pk], reason="mended", by="petra", at=later(minutes=1)) == 0
    assert call(made, "ready").status == "done"
