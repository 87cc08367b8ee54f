"""Issued documents are sent the way their recipients chose, each once (D-04, T-16)."""

from __future__ import annotations

import pytest

from gateway_billing.sending import send
from invoicing import tasks
from invoicing.lifecycle.void import void_invoice
from invoicing.mail import hint
from invoicing.models import Mail
from invoicing.sending import plan_sending, send_invoices
from invoicing.switches import BillingDisabled
from tests.factories import NOW, ClientFactory, configure
from tests.invoicing.documents import draft, issue

pytestmark = pytest.mark.django_db


def issued(**facts):
    document = draft(10000, client=ClientFactory.create(**facts))
    issue(document)
    return document


def outcomes(sendings):
    return [(one.outcome, one.reason) for one in sendings]


def sent(*documents, **options):
    return outcomes(send_invoices([one.pk for one in documents], at=NOW, by="petra", **options))


def test_a_document_is_queued_once_and_again_only_where_somebody_asks():
    document = issued(email="office@acme.example")
    planned = plan_sending([document.pk], at=NOW, by="petra")
    assert not Mail.objects.exists()

    first = sent(document)

    assert first == outcomes(planned) == [("queued", "")]
    assert sent(document) == sent(document, again=True) == [("sent_before", "it is on its way already")]
    Mail.objects.get().move_to("sent", sent_at=NOW)
    assert sent(document) == [("sent_before", "it was sent on 2026-01-16")]
    assert sent(document, again=True) == [("queued", "")]
    assert list(Mail.objects.order_by("pk").values_list("key", "to", "queued_by")) == [
        (f"document:{document.pk}:{n}", ["office@acme.example"], "petra") for n in (1, 2)
    ]


def test_who_delivers_is_the_clients_choice_and_one_only():
    mine = [issued(external_id=name, delivery=name) for name in ("stripe", "none")]
    unissued = draft(5000)

    assert sent(*mine, unissued) == [
        ("parked", "Stripe is not set up: set STRIPE_SECRET_KEY"),
        ("refused", "documents of client none are not sent: its delivery is none"),
        ("refused", "only issued documents are sent; this one has no number"),
    ]
    assert not Mail.objects.exists()
    assert [bool(one.problem) for one in plan_sending([one.pk for one in mine], at=NOW, by="x")] == [True, True]


def test_a_document_without_an_address_is_parked_with_a_sentence_and_sent_when_there_is_one():
    document = issued(external_id="acme", email="")

    assert sent(document) == [("parked", "client acme has no e-mail address")]
    assert Mail.objects.get().last_error == "client acme has no e-mail address"
    document.client.email = "office@acme.example"
    document.client.save()

    assert sent(document) == [("queued", "")]
    assert list(Mail.objects.order_by("pk").values_list("status", flat=True)) == ["cancelled", "queued"]


def test_T_16_issuing_mails_by_itself_only_for_clients_on_auto_where_the_installation_says_so(settings):
    names = {"manual": "draft", "auto": "auto", "usual": "", "off": "off"}
    clients = {name: ClientFactory.create(external_id=name, automation=value) for name, value in names.items()}
    issue(draft(1000, client=clients["auto"]))
    assert not Mail.objects.exists()

    configure(settings, auto_send_invoice=True, enrolment_override="auto")
    unissued = [draft(1000, client=client, collects="2026-02") for client in clients.values()]
    assert not Mail.objects.exists()
    issue(*unissued)

    assert set(Mail.objects.values_list("client__external_id", "queued_by")) == {("auto", "petra"), ("usual", "petra")}
    assert Mail.objects.order_by("pk")[0].subject.startswith("Rechnung INV-2026-0000")


def test_a_cancellation_is_sent_as_the_document_was(settings):
    configure(settings, auto_send_invoice=True)
    document = issued(automation="auto", language="en")
    by_hand = issued()

    void_invoice(document.pk, reason="Wrong client", by="petra", at=NOW)
    void_invoice(by_hand.pk, reason="Wrong client", by="petra", at=NOW)

    _, second = Mail.objects.order_by("pk")
    assert list(Mail.objects.order_by("pk").values_list("invoice__number", "invoice__cancels")) == [
        ("INV-2026-00001", None), ("CA-2026-00001", document.pk),
    ]  # fmt: skip
    assert second.subject.startswith("Cancellation CA-2026-00001 of INV-2026-00001")
    assert sent(by_hand.cancelled_by.get()) == [("queued", "")]


def test_the_gateway_hands_its_documents_over_the_same_way():
    there, nowhere = issued(), issued(external_id="acme", email="")

    assert send(there, at=NOW, by="petra") == ""
    assert send(there, at=NOW, by="petra") == ""
    assert send(nowhere, at=NOW, by="petra") == "client acme has no e-mail address"


def test_nothing_is_sent_while_the_master_switch_is_off(settings):
    document = issued()
    configure(settings, ticket_billing_enabled=False)

    with pytest.raises(BillingDisabled):
        sent(document)
    tasks.send_mail()

    assert not Mail.objects.exists()


def test_sending_many_asks_the_database_as_often_as_sending_one(django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(hint, "send_on_commit", lambda *_, **__: None)
    documents = [issued() for _ in range(4)]

    with django_assert_num_queries(6):
        sent(*documents)
    assert Mail.objects.count() == 4
