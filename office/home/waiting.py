"""What waits for a person, by where it waits; each number leads to its list. Only what the person may see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from django.db.models import Count, F, Model, Q, QuerySet, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

import config
from gateway_billing.models import MonthAttempt
from gateway_billing.partners import due_months
from invoicing.admin.stripe_call import ANY_STEP
from invoicing.models import Anomaly, Invoice, Job, Mail, StripeCall, StripeEvent
from invoicing.stripe.held_back import READY
from office.home.links import list_of, month_page
from tickets.models import Ticket, TimeEntry
from tickets.plan import ENTRIES_PENDING_APPROVAL, PARKED
from tickets.reasons import sentence, short

Text = str | Promise


class Person(Protocol):
    """Somebody who is signed in."""

    def has_perm(self, perm: str, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that may wait. `rows` is read through an index of what is pending; `filters` are those of its list."""

    name: str
    label: Text
    model: type[Model]
    rows: Callable[[datetime], QuerySet[Any]]
    filters: dict[str, str]
    note: Text = ""
    # Where the rows are told apart: a column, and the filter that goes with its value.
    by: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many of something."""

    label: Text
    number: int
    note: Text
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """Matters that one kind of work clears; `waiting` holds those of which there are any."""

    title: Text
    nothing: Text
    waiting: Sequence[Waiting]


def _status(model: Any, status: str) -> Callable[[datetime], QuerySet[Any]]:
    return lambda at: model.objects.filter(status=status)  # noqa: ARG005 - all matters are asked in one way


def _parked_calls() -> QuerySet[Any]:
    return StripeCall.objects.filter(status=StripeCall.Status.PARKED)


def _overdue(at: datetime) -> QuerySet[Any]:
    today = at.astimezone(config.billing().zone).date()
    return Invoice.objects.filter(status=Invoice.Status.OPEN, due_on__lt=today, cancels=None)


HELD: Final = Matter(
    "held", _("Held tickets"), Ticket,
    lambda at: Ticket.objects.filter(billing_status=Ticket.Billing.HELD).exclude(billing_reason=PARKED),  # noqa: ARG005
    {}, by="billing_reason",
)  # fmt: skip
TO_APPROVE: Final = Matter(
    "entries", _("Time entries that hold a ticket"), TimeEntry,
    lambda at: TimeEntry.objects.filter(  # noqa: ARG005
        status=TimeEntry.Status.SUBMITTED, billable=True, ticket__billing_status=Ticket.Billing.HELD,
        ticket__billing_reason=ENTRIES_PENDING_APPROVAL,
    ),
    {"approval": "waiting"}, _("Approve or reject them; the ticket is then billed by itself."),
)  # fmt: skip
DOCUMENTS: Final = (
    Matter("drafts", _("Drafts to issue"), Invoice, _status(Invoice, Invoice.Status.DRAFT), {"status__exact": "draft"}),
    Matter("overdue", _("Overdue documents"), Invoice, _overdue, {"overdue": "yes"}, _("Open after their due date.")),
)
FAILED: Final = (
    Matter(
        "tickets", _("Tickets that could not be billed"), Ticket,
        lambda at: Ticket.objects.filter(billing_status=Ticket.Billing.HELD, billing_reason=PARKED),  # noqa: ARG005
        {"billing_reason": PARKED}, _("Failed after all attempts."),
    ),
    Matter(
        "months", _("Partners' months that failed"), MonthAttempt,
        lambda at: MonthAttempt.objects.filter(next_at=None),  # noqa: ARG005
        {"next_at__isempty": "1"},
        _("Parked until somebody tries again."),
    ),
    Matter("mails", _("Mails that could not be sent"), Mail, _status(Mail, Mail.Status.PARKED),
           {"status__exact": "parked"}),
    Matter(
        "held_back", _("Documents that cannot go to Stripe"), StripeCall,
        lambda at: _parked_calls().filter(purpose=READY),  # noqa: ARG005
        {"status__exact": "parked", "purpose": READY}, _("Each says what is missing; mended, it goes by itself."),
    ),
    Matter(
        "calls", _("Steps to Stripe that failed"), StripeCall,
        lambda at: _parked_calls().exclude(purpose=READY),  # noqa: ARG005
        {"status__exact": "parked", "purpose": ANY_STEP},
    ),
    Matter("jobs", _("Jobs that failed"), Job, _status(Job, Job.Status.FAILED), {"status__exact": "failed"}),
)  # fmt: skip
STRIPE: Final = (
    Matter(
        "events", _("Events that were given up"), StripeEvent, _status(StripeEvent, StripeEvent.Status.PARKED),
        {"status__exact": "parked"},
    ),
    Matter(
        "unmatched", _("Events without a document"), StripeEvent,
        # Tried, and kept to be tried again.
        lambda at: StripeEvent.objects.filter(  # noqa: ARG005
            Q(attempts__gt=0) | ~Q(outcome=""), status=StripeEvent.Status.PENDING
        ),
        {"status__exact": "pending"}, _("Tried again by themselves for three days."),
    ),
    Matter("anomalies", _("Open anomalies"), Anomaly, lambda at: Anomaly.objects.filter(closed_at=None),  # noqa: ARG005
           {"state": "open"}, _("Ours and Stripe's do not fit together.")),
)  # fmt: skip
GROUPS: Final = (
    (_("Tickets"), _("No ticket waits for a person."), (HELD, TO_APPROVE)),
    (_("Documents"), _("No draft waits, and nothing is overdue."), DOCUMENTS),
    (_("Failed and parked"), _("Nothing has failed."), FAILED),
    (_("From Stripe"), _("All that Stripe told has been dealt with."), STRIPE),
)


def waiting_for(person: Person, *, at: datetime) -> list[Group]:
    """What the person may see of what waits, in two queries."""
    groups = [(title, nothing, [matter for matter in matters if _may_see(person, matter)])
              for title, nothing, matters in GROUPS]  # fmt: skip
    counted = _counted([matter for _title, _nothing, matters in groups for matter in matters], at)
    shown = [
        Group(title, nothing, [found for matter in matters for found in _found(matter, counted)])
        for title, nothing, matters in groups
        if matters
    ]
    return [*shown, _months(at)] if person.has_perm("gateway_billing.view_monthrun") else shown


def _may_see(person: Person, matter: Matter) -> bool:
    return person.has_perm(f"{matter.model._meta.app_label}.view_{matter.model._meta.model_name}")


def _counted(matters: Sequence[Matter], at: datetime) -> list[tuple[str, str, int]]:
    """Name, detail and number of everything of which there is any: one query for all."""
    if not matters:
        return []
    first, *others = [
        matter.rows(at)
        .order_by()
        .annotate(matter=Value(matter.name), detail=F(matter.by) if matter.by else Value(""))
        .values_list("matter", "detail")
        .annotate(number=Count("pk"))
        for matter in matters
    ]
    # Without anything to group by there is a row for nothing as well.
    return [row for row in first.union(*others, all=True) if row[-1]]


def _found(matter: Matter, counted: Sequence[tuple[str, str, int]]) -> list[Waiting]:
    found = sorted(((number, detail) for name, detail, number in counted if name == matter.name), reverse=True)
    if not matter.by:
        return [
            Waiting(matter.label, number, matter.note, list_of(matter.model, **matter.filters)) for number, _ in found
        ]
    return [
        Waiting(short(detail), number, sentence(detail), list_of(matter.model, **{matter.by: detail}))
        for number, detail in found
    ]


def _months(at: datetime) -> Group:
    """Partners' months that are over and were not run."""
    by_month: dict[str, int] = {}
    for due in due_months(at=at):
        by_month[due.label] = by_month.get(due.label, 0) + 1
    return Group(
        _("Partners' months"),
        _("Every month that is over has been run."),
        [
            Waiting(_("Missing for %(month)s") % {"month": label}, number, "", month_page(label))
            for label, number in sorted(by_month.items())
        ],
    )
