"""Enrolment of clients: who is billed by machine how far, what shadow found, and going live client by client."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import UnfoldAdminTextInputWidget

import config
from accounts import language
from accounts.desk.asking import Question, ReasonForm, ask, is_confirmed, seen_by, signed_in
from accounts.desk.hours import hours_text
from accounts.desk.keys import keys_in
from accounts.desk.pages import Page
from accounts.desk.searching import found_keys, ways_of
from accounts.desk.views import DeskView
from contracts.models import Client
from tickets.enrolment import Enrolment, enrol_clients, enrolment_of, plan_enrolment, seen_of
from tickets.models import Ticket

CHANGE = "invoicing.change_automation"
DEFAULT = "default"
CLIENTS_A_PAGE = 100
WORDS = {
    "off": gettext_lazy("Off"),
    "shadow": gettext_lazy("Shadow"),
    "draft": gettext_lazy("Draft"),
    "auto": gettext_lazy("Auto"),
}
MEANINGS = {
    "off": gettext_lazy("Nothing happens by itself."),
    "shadow": gettext_lazy("Tickets are planned and compared; nothing is billed."),
    "draft": gettext_lazy("Tickets are billed on drafts, which wait for a person."),
    "auto": gettext_lazy("Drafts are issued as well."),
    DEFAULT: gettext_lazy("What the installation says."),
}
TONES = {"off": "desk-quiet-text", "shadow": "desk-strong", "draft": "desk-strong", "auto": "desk-good"}


class SearchForm(forms.Form):
    """What the list of clients is searched by: beginnings of words of the name, or of the id."""

    q = forms.CharField(
        label=gettext_lazy("Client"), required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "search"})
    )


class EnrolForm(ReasonForm):
    """From when on, and why."""

    starts = forms.DateTimeField(
        label=gettext_lazy("Bill what is closed from (empty: from now on)"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )
    field_order = ("starts", "reason")


class EnrolmentView(DeskView):
    """All clients and how each is enrolled; one or several can be chosen and enrolled otherwise."""

    permission_required = "contracts.view_client"
    template_name = "tickets/admin/enrolment.html"
    title = gettext_lazy("Enrolment of clients")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: figures by enrolment, and one page of clients."""
        default = config.billing().enrolment_default
        asked, wanted = self.request.GET.get("q", "").strip(), self.request.GET.get("enrolment", "")
        page = Paginator(_clients(asked, wanted, default), CLIENTS_A_PAGE).get_page(self.request.GET.get("page"))
        return {
            **super().get_context_data(**kwargs),
            "title": _("Enrolment of clients"),
            "figures": _figures(default, wanted),
            "default": WORDS[default],
            "page": page,
            "rows": [shown_row(client, default) for client in page.object_list],
            "asked": asked,
            "search": SearchForm({"q": asked}),
            "wanted": wanted,
            "may_change": self.request.user.has_perm(CHANGE),
            "buttons": buttons(),
            "checkbox": ACTION_CHECKBOX_NAME,
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask before the chosen clients are enrolled, and enrol them."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        wanted = request.POST.get("action", "")
        keys = keys_in(request.POST.getlist(ACTION_CHECKBOX_NAME)[:CLIENTS_A_PAGE])
        clients = list(Client.objects.filter(pk__in=keys).order_by("name", "pk"))
        if not clients or wanted not in MEANINGS:
            messages.warning(request, _("Choose one or several clients first."))
            return HttpResponseRedirect(reverse("enrolment"))
        return enrol_or_ask(request, clients, wanted)


def enrol_or_ask(request: HttpRequest, clients: Sequence[Client], wanted: str) -> HttpResponse:
    """Show what enrolling comes to; once confirmed, do it."""
    at, automation = timezone.now(), "" if wanted == DEFAULT else wanted
    form = EnrolForm(request.POST if is_confirmed(request) else None)
    back = reverse("enrolment") if len(clients) > 1 else reverse("enrolment-client", args=[clients[0].pk])
    if is_confirmed(request) and form.is_valid():
        try:
            number = enrol_clients(
                [one.pk for one in clients], automation, automation_from=form.cleaned_data["starts"],
                seen=seen_by(request), reason=form.cleaned_data["reason"], by=signed_in(request), at=at,
            )  # fmt: skip
        except ValueError as refused:
            form.add_error("reason", str(refused))
        else:
            said = ngettext("%(number)s client enrolled.", "%(number)s clients enrolled.", number)
            messages.success(request, said % {"number": number} if number else _("They were enrolled so already."))
            return HttpResponseRedirect(back)
    context = {"rows": _plan(clients, automation, at=at), "meaning": MEANINGS[wanted]}
    title = ngettext("Enrol %(number)s client: %(how)s?", "Enrol %(number)s clients: %(how)s?", len(clients))
    question = Question(
        title % {"number": len(clients), "how": word(wanted)}, _("Enrol"), "tickets/admin/enrolment_plan.html",
        context, form=form, back=back, seen=seen_of(clients),
    )  # fmt: skip
    return ask(cast(Page, admin.site.get_model_admin(Client)), request, question, chosen=[one.pk for one in clients])


def shown_row(client: Client, default: str) -> dict[str, Any]:
    """A client as the list and its own page show it."""
    effective, threshold = client.automation or default, client.approval_threshold_seconds
    return {
        "client": client,
        "enrolment": WORDS[effective],
        "is_own": bool(client.automation),
        "tone": TONES[effective],
        "strategy": language.word(client.default_strategy),
        "threshold": "" if threshold is None else hours_text(threshold),
    }


def buttons() -> list[dict[str, Any]]:
    """What a client can be enrolled as: value, word, and what it means."""
    return [{"value": value, "word": word(value), "meaning": meaning} for value, meaning in MEANINGS.items()]


def word(value: str) -> str:
    """An enrolment in a word, in the language of the page."""
    return str(WORDS[value]) if value in WORDS else _("Default")


def _clients(asked: str, wanted: str, default: str) -> QuerySet[Client]:
    found = Client.objects.filter(active=True).order_by("name", "pk")
    if asked:
        found = found.filter(pk__in=found_keys(Client, ways_of(Client), asked).keys)
    if wanted in WORDS:
        found = found.filter(automation__in=[wanted, ""] if wanted == default else [wanted])
    return found


def _figures(default: str, wanted: str) -> list[dict[str, Any]]:
    counted = Client.objects.filter(active=True).order_by().values_list("automation").annotate(Count("pk"))
    numbers = dict.fromkeys(WORDS, 0)
    for automation, number in counted:
        numbers[automation or default] += number
    return [
        {"value": value, "word": WORDS[value], "number": number, "is_chosen": value == wanted}
        for value, number in numbers.items()
    ]


def _plan(clients: Sequence[Client], automation: str, *, at: datetime) -> list[dict[str, Any]]:
    """Each client before and after, and how many of its finished tickets are not billed."""
    waiting = Ticket.objects.billable_by_hand().filter(client__in=clients).order_by().values_list("client")
    numbers = dict(waiting.annotate(Count("pk")))
    return [
        {
            "client": client,
            "before": _told(enrolment_of(client)),
            "after": _told(plan_enrolment(client, automation, at=at)),
            "waiting": numbers.get(client.pk, 0),
        }
        for client in clients
    ]


def _told(enrolment: Enrolment) -> dict[str, Any]:
    return {"word": word(enrolment.automation or DEFAULT), "since": enrolment.automation_from}
