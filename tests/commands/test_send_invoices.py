"""send_invoices, send_reminders and issue_invoices --send: what they print, what they leave behind, how they end."""

from __future__ import annotations

import pytest

from invoicing.lifecycle.void import void_invoice
from invoicing.models import Invoice, Mail
from tests.commands.running import AT, run, run_read_only
from tests.factories import NOW, ClientFactory, UserFactory, configure
from tests.invoicing.documents import draft, issue

pytestmark = pytest.mark.django_db


def issued(name, **facts):
    document = draft(10000, client=ClientFactory.create(external_id=name, **facts))
    issue(document)
    return document


def send(*arguments):
    return run("send_invoices", "--at", AT, *arguments)


def test_open_documents_are_sent_once_and_each_says_what_becomes_of_it():
    issued("acme")
    issued("bolt", email="")
    issued("corn", delivery="stripe")

    dry = run_read_only("send_invoices", "--at", AT, "--dry-run")
    found = send()

    assert found.code == dry.code == 1
    assert (
        found.lines
        == dry.lines
        == [
            "INV-2026-00001  acme              queued: office@acme.example",
            "INV-2026-00002  bolt              parked: client bolt has no e-mail address",
            "INV-2026-00003  corn              parked: Stripe is not set up: set STRIPE_SECRET_KEY",
            "3 documents: 1 queued, 0 sent before, 0 left, 2 parked, 0 refused",
        ]
    )
    assert "2 of 3 documents cannot be sent" in found.err
    assert set(Mail.objects.values_list("client__external_id", "status")) == {("acme", "queued"), ("bolt", "parked")}
    assert send("--client", "acme").lines == ["0 documents: 0 queued, 0 sent before, 0 left, 0 parked, 0 refused"]
    assert send("--parked", "--client", "bolt").lines[0].startswith("INV-2026-00002  bolt")


def test_what_takes_back_a_document_is_sent_where_that_was_mailed():
    mailed, unmailed = issued("acme"), issued("bolt")
    send("--client", "acme")
    Mail.objects.get().move_to("sent", sent_at=mailed.issued_at)
    for one in (mailed, unmailed):
        void_invoice(one.pk, reason="Wrong client", by="petra", at=NOW)

    assert [line.split(":")[0] for line in send().lines] == ["CA-2026-00001  acme              queued", "1 document"]


def test_the_json_has_what_scripts_need():
    document = issued("acme", invoice_cc="boss@acme.example")

    found = send("--invoice", "INV-2026-00001", "--format", "json").json

    assert found["summary"] == {"queued": 1, "sent_before": 0, "left": 0, "parked": 0, "refused": 0}
    assert found["invoices"] == [{
        "invoice": document.external_id, "number": "INV-2026-00001", "client": "acme", "outcome": "queued",
        "reason": "", "to": ["office@acme.example"], "cc": ["boss@acme.example"],
    }]  # fmt: skip


def test_what_was_sent_goes_out_again_only_for_one_document_by_name():
    document = issued("acme")
    send()
    Mail.objects.get().move_to("sent", sent_at=document.issued_at)

    assert send("--again").code == 1
    assert send("--invoice", document.external_id).lines[0].endswith("sent before: it was sent on 2026-01-16")
    assert send("--invoice", document.external_id, "--again").code == 0
    assert Mail.objects.count() == 2


def test_refusals_are_sentences(settings):
    unissued = draft(5000)
    UserFactory.create(username="vera", role="viewer")

    assert "only issued documents are sent" in send("--invoice", unissued.external_id).out
    assert "there is no document 'x'" in send("--invoice", "x").err
    assert "there is no client 'x'" in send("--client", "x").err
    assert "vera may not do this" in send("--by", "vera").err
    issued("acme")
    configure(settings, ticket_billing_enabled=False)
    assert "billing_disabled" in send().err
    assert not Mail.objects.exists()


def test_issuing_and_sending_is_one_step():
    kept = draft(5000, client=ClientFactory.create(external_id="bolt", city=""))
    draft(10000, client=ClientFactory.create(external_id="acme"))
    draft(10000, client=ClientFactory.create(external_id="corn", email=""))

    found = run("issue_invoices", "--send", "--at", AT)

    assert found.code == 1
    assert "note: not sent: client corn has no e-mail address" in found.out
    assert "1 of 3 drafts cannot be issued; 1 of 2 documents cannot be sent" in found.err
    assert set(Mail.objects.values_list("invoice__number", "status")) == {
        ("INV-2026-00001", "queued"), ("INV-2026-00002", "parked"),
    }  # fmt: skip
    kept.refresh_from_db()
    assert kept.status == Invoice.Status.DRAFT


def test_a_dry_run_of_issuing_and_sending_writes_nothing():
    draft(10000)

    assert run_read_only("issue_invoices", "--send", "--dry-run", "--at", AT).code == 0
    assert not Mail.objects.exists()


def test_send_reminders_shows_what_it_queues(settings):
    configure(settings, reminder_days=(7,))
    document = issued("acme")
    send()
    Mail.objects.get().move_to("sent", sent_at=document.issued_at)
    late = ("--at", "2026-02-22T09:00:00+01:00")

    dry = run_read_only("send_reminders", "--dry-run", *late)
    found = run("send_reminders", *late, "--by", "petra")

    line = "INV-2026-00001  acme              +7 days (after): 119.00 EUR"
    assert found.lines == dry.lines == [line, "1 reminder"]
    assert Mail.objects.get(purpose="reminder").queued_by == "petra"
    assert run("send_reminders", *late, "--format", "json").json["summary"] == {"reminders": 0}
