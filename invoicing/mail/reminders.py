"""Remind of open documents on the days that the settings name (D-08): one reminder for each document and step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value

import config
from contracts.models import Client
from invoicing.handing_over import Asked
from invoicing.lifecycle.totals import issue_day
from invoicing.mail.composing import Stage, reminder_text
from invoicing.mail.outbox import new_mail, store
from invoicing.models import Invoice, Mail
from invoicing.switches import ensure_running

# Days for which a step that was missed is made up for. Older ones are passed over: whoever switches reminders on does
# not mean debts of years ago.
MADE_UP_DAYS = 7
PAGE = 500


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder to be sent: of a document, at a step (days from the due date)."""

    document: Invoice
    step: int
    stage: Stage

    @property
    def key(self) -> str:
        return f"reminder:{self.document.pk}:{self.step}"


def plan_reminders(*, at: datetime) -> Iterator[list[Reminder]]:
    """Reminders that are due on the day of `at`, in pages; none twice, none before the document itself was sent."""
    today, steps = issue_day(at), config.billing().reminder_days
    for place, step in enumerate(steps):
        following = steps[place + 1] if place + 1 < len(steps) else None
        yield from _of_step(step, following, today)


def queue_reminders(*, at: datetime, by: str = "system") -> Iterator[list[Reminder]]:
    """Put reminders that are due into the outbox, a page in a transaction. Raises BillingDisabled, AutomationOff."""
    ensure_running()
    for page in plan_reminders(at=at):
        with transaction.atomic():
            store([_mail(one, Asked(at, by)) for one in page])
        yield page


def _mail(reminder: Reminder, asked: Asked) -> Mail:
    text = reminder_text(reminder.document, reminder.stage)
    return new_mail(reminder.key, Mail.Purpose.REMINDER, reminder.document, text, asked)


def _of_step(step: int, following: int | None, today: date) -> Iterator[list[Reminder]]:
    last_pk = 0
    due = _due_for(step, following, today)
    while page := list(due.filter(pk__gt=last_pk).select_related("client", "cancels").order_by("pk")[:PAGE]):
        last_pk = page[-1].pk
        if chosen := _not_reminded(page, step):
            yield [Reminder(one, step, _stage(one, step, today)) for one in chosen]


def _due_for(step: int, following: int | None, today: date) -> QuerySet[Invoice]:
    """Open documents with something to pay, mailed before the step's day, which was reached and not made up for yet."""
    newest = today - timedelta(days=step)
    days = MADE_UP_DAYS if following is None else min(MADE_UP_DAYS, following - step)
    step_day = ExpressionWrapper(OuterRef("due_on") + Value(timedelta(days=step)), DateTimeField())
    sent = Mail.objects.filter(
        invoice=OuterRef("pk"), purpose=Mail.Purpose.DOCUMENT, status=Mail.Status.SENT, sent_at__lt=step_day
    )
    return Invoice.objects.filter(
        Q(total_cents__gt=F("paid_cents") + F("credited_cents")),
        Exists(sent),
        status=Invoice.Status.OPEN,
        due_on__gt=newest - timedelta(days=days),
        due_on__lte=newest,
        client__delivery=Client.Delivery.EMAIL,
    )


def _not_reminded(page: Sequence[Invoice], step: int) -> list[Invoice]:
    keys = [f"reminder:{one.pk}:{step}" for one in page]
    there = set(Mail.objects.filter(key__in=keys).values_list("invoice", flat=True))
    return [one for one in page if one.pk not in there]


def _stage(document: Invoice, step: int, today: date) -> Stage:
    """The words by the day on which it is written; a step made up for late must not say what is no longer so."""
    if document.due_on is None or today < document.due_on:
        return "before"
    if today == document.due_on:
        return "due"
    steps = [one for one in config.billing().reminder_days if one > 0]
    return "last" if len(steps) > 1 and step == steps[-1] else "after"
