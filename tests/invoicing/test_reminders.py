"""Reminders of open documents on the days of the settings (D-08). Documents here are due on 15 February 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from invoicing import tasks
from invoicing.lifecycle.payments import record_payment
from invoicing.mail.emptying import send_due
from invoicing.mail.reminders import plan_reminders, queue_reminders
from invoicing.models import Mail
from invoicing.sending import send_invoices
from invoicing.switches import AutomationOff, stop_automation
from tests.factories import NOW, ClientFactory, configure
from tests.invoicing.documents import draft, issue

pytestmark = pytest.mark.django_db

DUE = datetime(2026, 2, 15, 8, tzinfo=UTC)
STEPS = (-3, 0, 7, 14, 30)


@pytest.fixture(autouse=True)
def scheduled(settings):
    configure(settings, reminder_days=STEPS)


def mailed(sent_at=NOW, **facts):
    """An issued document that was mailed."""
    document = draft(10000, client=ClientFactory.create(**facts))
    issue(document)
    assert document.due_on == date(2026, 2, 15)
    send_invoices([document.pk], at=NOW, by="petra")
    Mail.objects.filter(invoice=document).update(status="sent", sent_at=sent_at)
    return document


def pay(document, cents):
    record_payment(document.pk, cents, received_on=NOW.date(), reference="bank", at=NOW, by="petra")


def after(days, **more):
    return DUE + timedelta(days=days, **more)


def reminded(at):
    return [(one.document.pk, one.step, one.stage) for page in queue_reminders(at=at) for one in page]


def test_D_08_each_step_reminds_once_in_its_own_words():
    document = mailed(language="en")

    found = {days: reminded(after(days)) for days in (-4, -3, -2, 0, 1, 7, 14, 30, 31)}

    assert {days: told for days, told in found.items() if told} == {
        -3: [(document.pk, -3, "before")], 0: [(document.pk, 0, "due")], 7: [(document.pk, 7, "after")],
        14: [(document.pk, 14, "after")], 30: [(document.pk, 30, "last")],
    }  # fmt: skip
    mails = Mail.objects.filter(purpose="reminder").order_by("pk")
    assert [mail.key for mail in mails] == [f"reminder:{document.pk}:{step}" for step in STEPS]
    assert [mail.subject for mail in mails] == [
        "Invoice INV-2026-00001: payment due on 15 February 2026", "Invoice INV-2026-00001: payment due today",
        *["Reminder: invoice INV-2026-00001 is overdue"] * 2, "Final reminder: invoice INV-2026-00001",
    ]  # fmt: skip


def test_a_day_that_was_missed_is_made_up_for_in_words_that_are_true_and_an_old_debt_is_left_alone():
    document = mailed()

    assert reminded(after(2)) == [(document.pk, 0, "after")]
    assert reminded(after(13)) == [(document.pk, 7, "after")]
    assert reminded(after(29)) == []
    assert reminded(after(37)) == []
    assert reminded(after(36, hours=12)) == [(document.pk, 30, "last")]


def test_nothing_is_asked_for_that_is_paid_was_never_sent_or_is_delivered_otherwise():
    unsent = draft(10000)
    issue(unsent)
    mailed(sent_at=after(-2))  # three days before it was due nobody had seen it
    pay(mailed(), 11900)
    partly = mailed()
    pay(partly, 1900)
    elsewhere = mailed()
    elsewhere.client.delivery = "none"
    elsewhere.client.save()

    planned = [one for page in plan_reminders(at=after(-3)) for one in page]

    assert [one.document for one in planned] == [partly]
    assert not Mail.objects.filter(purpose="reminder").exists()


def test_a_reminder_of_what_was_paid_meanwhile_does_not_leave(settings):
    settings.APP_ENV = "production"
    document = mailed()
    reminded(after(7))
    pay(document, 11900)

    list(send_due(at=after(8)))

    mail = Mail.objects.get(purpose="reminder")
    assert (mail.status, mail.last_error) == ("cancelled", "nothing is left to pay")


def test_a_reminder_carries_the_document(settings, mailoutbox):
    settings.APP_ENV = "production"
    mailed(invoice_email="ap@acme.example")
    reminded(after(7))

    list(send_due(at=after(7)))

    (message,) = mailoutbox
    assert message.to == ["ap@acme.example"]
    assert [attachment[0] for attachment in message.attachments] == ["INV-2026-00001.pdf"]


def test_reminders_are_off_by_default_and_stop_with_automation(settings, time_machine):
    document = mailed()
    time_machine.move_to(after(7))
    stop_automation(reason="wrong prices", by="anna", at=NOW)
    with pytest.raises(AutomationOff):
        reminded(after(7))
    tasks.remind()
    configure(settings, reminder_days=())

    assert list(plan_reminders(at=after(7))) == []
    assert not Mail.objects.filter(invoice=document, purpose="reminder").exists()
