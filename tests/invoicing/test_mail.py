"""Messages leave the outbox over a real socket: once, to the right people, whatever the server does (D-04, D-08)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from celery.schedules import crontab

from billing_project.queues import ROUTES, SCHEDULE
from invoicing import tasks
from invoicing.mail import transport
from invoicing.mail.emptying import LEASE, send_due
from invoicing.models import AuditEntry, Heartbeat, Mail
from invoicing.sending import send_invoices
from invoicing.switches import stop_automation
from tests import smtp_server
from tests.factories import NOW, ClientFactory, configure
from tests.invoicing.documents import draft, issue

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def server(settings):
    settings.APP_ENV = "production"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with smtp_server.running() as postbox:
        settings.EMAIL_HOST, settings.EMAIL_PORT = smtp_server.LOOPBACK, postbox.port
        yield postbox


def sent_document(by="petra", **facts):
    """An issued document whose mail is in the outbox."""
    document = draft(10000, client=ClientFactory.create(**facts))
    issue(document)
    send_invoices([document.pk], at=NOW, by=by)
    return document


def empty(at=NOW):
    return list(send_due(at=at))


def mail_settings(settings, **changes):
    configure(settings, mail=replace(settings.BILLING.mail, **changes))


def test_a_document_is_mailed_once_with_its_pdf_to_recipient_and_copies(server, settings):
    mail_settings(settings, bounce="bounces@seller.example", sender="rechnung@seller.example")
    document = sent_document(
        invoice_email="ap@acme.example", invoice_cc="boss@acme.example; ap@acme.example,x@b.example"
    )

    empty()
    empty(NOW + timedelta(days=1))

    (taken,) = server.taken
    message = taken.message
    assert taken.sender == "bounces@seller.example"
    assert taken.recipients == ["ap@acme.example", "boss@acme.example", "x@b.example"]
    assert (message["From"], message["Reply-To"]) == (
        "Example Systems GmbH <rechnung@seller.example>", "billing@seller.example",
    )  # fmt: skip
    assert (message["To"], message["Cc"]) == ("ap@acme.example", "boss@acme.example, x@b.example")
    assert message["Subject"] == "Rechnung INV-2026-00001 von Example Systems GmbH"
    assert "Bitte überweisen Sie 119,00 EUR bis zum 15. Februar 2026." in message.get_body().get_content()
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("INV-2026-00001.pdf", "application/pdf")
    assert file.get_content() == bytes(document.files.get(format="pdf").content)
    mail = Mail.objects.get()
    assert (mail.status, mail.attempts, mail.sent_at, mail.sent_to) == ("sent", 1, NOW, taken.recipients)
    entry = AuditEntry.objects.get(action="mail.sent")
    assert (entry.subject_id, entry.by, entry.data["recipients"]) == (document.pk, "petra", 3)
    assert "acme.example" not in str(entry.data)


def test_who_wants_an_xrechnung_gets_its_xml_and_the_pdf(server):
    document = sent_document(e_invoice="xrechnung_ubl", leitweg_id="04011000-12345-03")

    empty()

    files = list(server.taken[0].message.iter_attachments())
    assert [(one.get_filename(), one.get_content_type()) for one in files] == [
        ("INV-2026-00001.pdf", "application/pdf"), ("INV-2026-00001.xml", "application/xml"),
    ]  # fmt: skip
    assert bytes(document.files.get(format="xrechnung_ubl").content) == files[1].get_payload(decode=True)


def test_a_server_that_is_away_is_tried_again_and_again_until_the_message_is_parked(server, settings):
    mail_settings(settings, retry_minutes=(1, 5))
    settings.EMAIL_PORT = smtp_server.free_port()
    sent_document()
    sent_document()

    assert len(empty()) == 1  # the second would wait for the same server
    first, second = Mail.objects.order_by("pk")
    assert (first.status, first.attempts, first.next_at) == ("queued", 1, NOW + MINUTE)
    assert "Connection refused" in first.last_error
    assert second.attempts == 0
    empty()
    assert empty(NOW + MINUTE - timedelta(seconds=1)) == []
    for at in (1, 1, 6, 6):
        empty(NOW + at * MINUTE)

    assert list(Mail.objects.values_list("status", "attempts")) == [("parked", 3), ("parked", 3)]
    assert AuditEntry.objects.filter(action="mail.parked").count() == 2
    settings.EMAIL_PORT = server.port
    assert empty(NOW + timedelta(days=1)) == []
    assert server.taken == []


@pytest.mark.parametrize(("mood", "status", "error"), [
    ("busy", "queued", "451 4.7.1 come back later"),
    ("unwilling", "parked", "550 5.7.1 we take no invoices"),
    ("silent", "queued", "timed out"),
])  # fmt: skip
def test_what_the_server_answers_decides_whether_another_attempt_helps(server, monkeypatch, mood, status, error):
    monkeypatch.setattr(transport, "TIMEOUT_SECONDS", 0.3)
    server.mood = mood
    sent_document()

    empty()

    mail = Mail.objects.get()
    assert (mail.status, server.tried) == (status, 1)
    assert error in mail.last_error
    server.mood = "well"
    empty(NOW + MINUTE)
    assert len(server.taken) == (status == "queued")


def test_an_answer_that_is_lost_makes_the_message_come_twice_with_one_id_and_never_a_second_row(server):
    server.mood = "lost"
    sent_document()
    empty()
    assert Mail.objects.get().status == "queued"

    server.mood = "well"
    empty(NOW + MINUTE)

    mail = Mail.objects.get()
    assert (mail.status, mail.attempts) == ("sent", 2)
    first, second = (taken.message["Message-ID"] for taken in server.taken)
    assert first == second == f"<mail.{mail.pk}.{int(NOW.timestamp())}@seller.example>"


def test_a_worker_that_dies_over_a_message_leaves_it_to_the_next_until_it_is_parked(server, settings, monkeypatch):
    mail_settings(settings, retry_minutes=(1,))
    sent_document()

    def dies(*_, **__):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("invoicing.mail.emptying.deliver", dies)
        for times in (0, 1):
            with pytest.raises(SystemExit):
                empty(NOW + times * LEASE)
    assert empty(NOW + LEASE) == []  # somebody may still be at it
    empty(NOW + 2 * LEASE)

    mail = Mail.objects.get()
    assert (mail.status, mail.last_error) == ("parked", "2 attempts ended without an answer")
    assert server.taken == []


def test_unknown_recipients_are_told_and_the_others_get_the_message(server):
    server.unknown = {"gone@acme.example"}
    sent_document(invoice_email="ap@acme.example", invoice_cc="gone@acme.example")
    sent_document(invoice_email="gone@acme.example")

    empty()

    assert [taken.recipients for taken in server.taken] == [["ap@acme.example"]]
    reached, parked = Mail.objects.order_by("pk")
    told = "gone@acme.example: 550 5.1.1 nobody of that name here"
    assert (reached.status, reached.sent_to, reached.last_error) == ("sent", ["ap@acme.example"], f"refused for {told}")
    assert (parked.status, parked.last_error) == ("parked", told)


@pytest.mark.parametrize("environment", ["local", "test", "staging"])
def test_outside_production_everything_goes_to_one_address_or_nowhere(server, settings, environment):
    settings.APP_ENV = environment
    document = sent_document(invoice_email="ap@acme.example", invoice_cc="boss@acme.example")

    empty()

    mail = Mail.objects.get()
    assert (mail.status, server.taken) == ("parked", [])
    assert mail.last_error == "outside production mail leaves only for MAIL_REDIRECT_TO, which is not set"
    mail_settings(settings, redirect_to="trial@house.example")
    send_invoices([document.pk], at=NOW, by="petra")
    empty()
    (taken,) = server.taken
    assert taken.recipients == ["trial@house.example"]
    assert (taken.message["To"], taken.message["Cc"]) == ("trial@house.example", None)
    assert taken.message["X-Original-Recipients"] == "ap@acme.example, boss@acme.example"
    assert list(Mail.objects.order_by("pk").values_list("status", "sent_to")) == [
        ("cancelled", []), ("sent", ["trial@house.example"]),
    ]  # fmt: skip


def test_hostile_names_and_numbers_stay_text_and_umlauts_arrive(server, settings):
    seller = replace(settings.BILLING.seller, name='Müller "M", Söhne\r\nBcc: thief@evil.example')
    configure(settings, seller=seller)
    document = sent_document(
        name="${iban} #import {{ 7*7 }}\nBcc: thief@evil.example", invoice_email="ap@bücher.example"
    )
    Mail.objects.update(subject="Rechnung\r\nBcc: thief@evil.example\r\n\r\nü" + " word" * 50)

    empty()

    (taken,) = server.taken
    assert taken.recipients == ["ap@xn--bcher-kva.example"]
    assert taken.message["Bcc"] is None
    assert taken.message["Subject"].strip() == "Rechnung Bcc: thief@evil.example ü" + " word" * 50
    assert taken.message["From"].addresses[0].display_name == 'Müller "M", Söhne Bcc: thief@evil.example'
    body = taken.message.get_body().get_content().replace("\r\n", "\n")
    assert 'Mit freundlichen Grüßen\nMüller "M", Söhne Bcc: thief@evil.example\n' in body
    assert document.number in body


def test_a_stopped_automation_keeps_its_own_mail_and_sends_what_people_send(server, time_machine):
    time_machine.move_to(NOW + MINUTE)
    sent_document(by="system")
    sent_document(by="petra")
    stop_automation(reason="wrong prices", by="anna", at=NOW)

    tasks.send_mail(from_a_newer_version=True)

    assert list(Mail.objects.order_by("pk").values_list("queued_by", "status")) == [
        ("system", "queued"), ("petra", "sent"),
    ]  # fmt: skip
    assert Heartbeat.objects.filter(pk="mail").exists()


def test_the_outbox_is_asked_for_every_minute_and_reminders_every_morning():
    planned = {entry["task"]: entry["schedule"] for entry in SCHEDULE.values()}

    assert planned[tasks.send_mail.name] == MINUTE
    assert planned[tasks.remind.name] == crontab(hour="6", minute="40")
    assert ROUTES["invoicing.tasks.*"] == {"queue": "billing"}


def test_a_message_that_cannot_be_put_together_keeps_no_other_from_being_sent(server):
    poisoned = sent_document()
    sent_document()
    Mail.objects.filter(invoice=poisoned).update(to=["ap@acme.example\nBcc: thief@evil.example"])

    empty()

    assert list(Mail.objects.order_by("pk").values_list("status", flat=True)) == ["queued", "sent"]
    assert "BadHeaderError" in Mail.objects.get(invoice=poisoned).last_error
    assert len(server.taken) == 1
