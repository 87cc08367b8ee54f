"""Failed and parked work in one place: what, why, since when, and two ways out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.desk import refusals
from accounts.desk.asking import Question, ask, is_confirmed, reason_form, signed_in
from accounts.desk.pages import Page
from accounts.desk.views import DeskView
from invoicing.admin.job import label_of
from invoicing.admin.ledgers import page_of_subject
from invoicing.admin.stripe_call import PURPOSES
from invoicing.switches import BillingDisabled
from invoicing.transitions import InvalidTransition
from office.home.links import list_of
from office.home.waiting import FAILED, STRIPE, Matter
from office.reports.trail import key_in
from office.reports.ways import DISMISS, RETRY, WAYS, Way, may

SHOWN: Final = 50
MOST_AT_ONCE: Final = 200
MATTERS: Final = {matter.name: matter for matter in (*FAILED, STRIPE[0])}
# What is read along with the rows, and what makes one of them readable: name, page, client, problem, since when.
Told = tuple[str, str, Any, str, datetime | None]
ALONG: Final[dict[str, tuple[str, ...]]] = {
    "tickets": ("client",), "months": ("partner",), "mails": ("client",), "calls": ("client", "invoice"),
    "held_back": ("client", "invoice"),
}  # fmt: skip


def _ticket(one: Any) -> Told:
    name = _("Ticket %(number)s") % {"number": one.number}
    return name, page_of_subject("ticket", one.pk), one.client, one.billing_detail, one.billing_decided_at


def _month(one: Any) -> Told:
    label = f"{one.period_start:%Y-%m}"
    return label, reverse("gateway-partner-month", args=[label, one.partner_id]), one.partner, one.problem, None


def _mail(one: Any) -> Told:
    return one.subject, page_of_subject("mail", one.pk), one.client, one.last_error, one.queued_at


def _call(one: Any) -> Told:
    step = str(PURPOSES.get(one.purpose, one.purpose))
    name = f"{step}: {one.invoice}" if one.invoice else step
    return name, page_of_subject("stripecall", one.pk), one.client, one.last_error, one.queued_at


def _job(one: Any) -> Told:
    return label_of(one), page_of_subject("job", one.pk), None, one.last_error, one.finished_at or one.queued_at


def _event(one: Any) -> Told:
    return one.event_type, page_of_subject("stripeevent", one.pk), None, one.last_error, one.received_at


TELL: Final[dict[str, Callable[[Any], Told]]] = {
    "tickets": _ticket, "months": _month, "mails": _mail, "calls": _call, "held_back": _call, "jobs": _job,
    "events": _event,
}  # fmt: skip


class FailedView(DeskView):
    """Each kind of work that may fail, with what failed of it."""

    permission_required = "invoicing.view_job"
    template_name = "office/reports/failed.html"
    title = gettext_lazy("Failed and parked")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: a section for each kind of which there is any."""
        now = timezone.now()
        seen = [matter for matter in MATTERS.values() if self.request.user.has_perm(_view(matter))]
        sections = [section for matter in seen if (section := _section(self.request, matter, now))]
        return {**super().get_context_data(**kwargs), "sections": sections, "checkbox": ACTION_CHECKBOX_NAME}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002 - Django's signature
        """Ask why; once confirmed, do it with each of the rows that were chosen and are still parked."""
        verb, _colon, name = request.POST.get("action", "").partition(":")
        way, matter = WAYS.get((name, verb)), MATTERS.get(name)
        if way is None or matter is None:
            raise PermissionDenied
        rows = _chosen(request, matter)
        if not all(may(request, way, row) for row in rows or [None]):
            raise PermissionDenied
        here, form = HttpResponseRedirect(reverse("report-failed")), reason_form(request)
        if not rows:
            messages.warning(request, _("None of these is parked any more. Tick what you mean, then try again."))
            return here
        if not (is_confirmed(request) and form.is_valid()):
            page = cast(Page, admin.site.get_model_admin(matter.model))
            return ask(page, request, _question(matter, verb, way, rows, form), chosen=[row.pk for row in rows])
        _do(request, way, [row.pk for row in rows], form.cleaned_data["reason"])
        return here


def _view(matter: Matter) -> str:
    return f"{matter.model._meta.app_label}.view_{matter.model._meta.model_name}"


def _rows(matter: Matter, at: datetime) -> Any:
    return matter.rows(at).select_related(*ALONG[matter.name]) if matter.name in ALONG else matter.rows(at)


def _section(request: HttpRequest, matter: Matter, at: datetime) -> dict[str, Any]:
    """What the page shows of a kind; empty where nothing failed."""
    wanted = _rows(matter, at)
    if matter.name == "events":
        wanted = wanted.defer("payload")
    found = list(wanted.order_by("-pk")[: SHOWN + 1])
    rows = [_shown(request, matter, row) for row in found[:SHOWN]]
    if not rows:
        return {}
    ways = [(verb, WAYS[matter.name, verb]) for verb in (RETRY, DISMISS) if (matter.name, verb) in WAYS]
    return {
        "name": matter.name,
        "label": matter.label,
        "rows": rows,
        "all": list_of(matter.model, **matter.filters),
        "more": len(found) > SHOWN,
        "verbs": [verb for verb, way in ways if any(may(request, way, row) for row in found)],
        "own_page": matter.name == "months" and request.user.has_perm("gateway_billing.run_month"),
    }


def _shown(request: HttpRequest, matter: Matter, row: Any) -> dict[str, Any]:
    name, url, client, problem, since = TELL[matter.name](row)
    again = WAYS.get((matter.name, RETRY))
    return {
        "key": row.pk, "name": name, "url": url, "client": client, "problem": problem, "since": since,
        "client_url": page_of_subject("client", client.pk) if client else "",
        "may": again is not None and may(request, again, row),
    }  # fmt: skip


def _chosen(request: HttpRequest, matter: Matter) -> list[Any]:
    """The rows that were ticked, of those that are parked."""
    ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)[:MOST_AT_ONCE]
    keys = [key for text in ticked if (key := key_in(text)) is not None]
    rows = _rows(matter, timezone.now())
    return list((rows.defer("payload") if matter.name == "events" else rows).filter(pk__in=keys))


def _question(matter: Matter, verb: str, way: Way, rows: Iterable[Any], form: Any) -> Question:
    title, button = (_("Try again?"), _("Try again")) if verb == RETRY else (_("Dismiss?"), _("Dismiss"))
    told = [TELL[matter.name](row) for row in rows]
    context = {"note": way.note, "label": matter.label, "names": [(one[0], one[3]) for one in told]}
    return Question(title, button, "office/reports/ask_failed.html", context, form, reverse("report-failed"))


def _do(request: HttpRequest, way: Way, keys: list[int], reason: str) -> None:
    """One by one: what is refused says why and keeps nothing from the others."""
    done = 0
    for key in keys:
        try:
            way.do(key, reason=reason, by=signed_in(request), at=timezone.now())
            done += 1
        except (InvalidTransition, BillingDisabled, ValueError, LookupError) as refusal:
            messages.error(request, refusals.told(str(refusal)))
        except DatabaseError as problem:
            if not (refused := refusals.sentence(problem)):
                raise
            messages.error(request, refused)
    if done:
        said = ngettext("%(number)s done.", "%(number)s done.", done)
        messages.success(request, said % {"number": done})
