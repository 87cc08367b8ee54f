"""One client's enrolment: terms of its own, and the comparison of shadow with what was billed by hand."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

import config
from accounts.desk.asking import Question, ReasonForm, ask, is_confirmed, seen_by, signed_in
from accounts.desk.hours import HoursField, hours_text
from accounts.desk.pages import Page
from accounts.desk.views import DeskView
from accounts.language import word
from contracts.models import Client
from invoicing.display import money
from rating.registry import STRATEGIES
from tickets.admin.enrolment import CHANGE, buttons, shown_row
from tickets.admin.shadow_words import why_it_differs
from tickets.comparison import DIFFERS, EQUAL, ONLY_MANUAL, ONLY_SHADOW, Comparison
from tickets.enrolment import OwnTerms, seen_of, set_own_terms
from tickets.models import Ticket
from tickets.readiness import ENOUGH, LOOK, MOST, NOTHING, READY, WAIT, Readiness, readiness_of

VERDICTS = {
    EQUAL: gettext_lazy("Equal"),
    DIFFERS: gettext_lazy("Differs"),
    ONLY_SHADOW: gettext_lazy("Not billed by hand"),
    ONLY_MANUAL: gettext_lazy("Billed by hand only"),
}
TONES = {READY: "desk-billed", LOOK: "desk-held", WAIT: "desk-unbilled", NOTHING: "desk-skipped"}


class TermsForm(ReasonForm):
    """What holds for this client where nothing nearer to the ticket says otherwise."""

    default_strategy = forms.ChoiceField(
        label=gettext_lazy("Strategy where neither contract nor work decides"),
        required=False,
        choices=lambda: [("", _("as in the settings")), *((name, word(name)) for name in STRATEGIES)],
        widget=UnfoldAdminSelectWidget,
    )
    threshold = HoursField(
        label=gettext_lazy("Approval above this many hours on a ticket (empty: as in the settings)"), required=False
    )
    field_order = ("default_strategy", "threshold", "reason")


class EnrolledClientView(DeskView):
    """How a client is enrolled, and whether it can go live."""

    permission_required = ("contracts.view_client", "tickets.view_ticket")
    template_name = "tickets/admin/enrolled_client.html"
    title = gettext_lazy("Enrolment")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: the client, its terms, the comparison."""
        found, settings = get_object_or_404(Client, pk=kwargs["client"]), config.billing()
        readiness, row = readiness_of(found), shown_row(found, settings.enrolment_default)
        return {
            **super().get_context_data(**kwargs),
            **row,
            "title": found.name,
            "tone_of_enrolment": row["tone"],
            "default_strategy": word(settings.strategy_default),
            "default_threshold": hours_text(settings.approval_threshold_seconds),
            "may_change": self.request.user.has_perm(CHANGE),
            "buttons": buttons(),
            "checkbox": ACTION_CHECKBOX_NAME,
            "readiness": readiness,
            "tone": TONES[readiness.verdict],
            "verdict": verdict_text(readiness),
            "figures": [(word, readiness.summary.verdicts[name]) for name, word in VERDICTS.items()],
            "shadow": money(readiness.summary.shadow_cents, found.currency),
            "manual": money(readiness.summary.manual_cents, found.currency),
            "differences": _shown(readiness),
            "most": MOST,
        }


class OwnTermsView(DeskView):
    """Asks for a client's own strategy and limit, with the reason."""

    permission_required = ("contracts.view_client", CHANGE)
    title = gettext_lazy("Terms of automation")

    def get(self, request: HttpRequest, *args: Any, client: int, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        return self.post(request, client=client)

    def post(self, request: HttpRequest, *, client: int) -> HttpResponse:
        """Show the form; once confirmed, store what it says."""
        found = get_object_or_404(Client, pk=client)
        back = reverse("enrolment-client", args=[found.pk])
        form = TermsForm(
            request.POST if is_confirmed(request) else None,
            initial={"default_strategy": found.default_strategy, "threshold": found.approval_threshold_seconds},
        )
        if is_confirmed(request) and form.is_valid() and _set(request, found, form):
            messages.success(request, _("The terms of this client are changed."))
            return HttpResponseRedirect(back)
        seen = seen_of([found])
        title = _("Terms of automation of %(client)s") % {"client": found.name}
        question = Question(title, _("Change"), "tickets/admin/own_terms.html", form=form, back=back, seen=seen)
        return ask(cast(Page, admin.site.get_model_admin(Client)), request, question)


def verdict_text(readiness: Readiness) -> tuple[str, str]:
    """Whether the client can go live, in a word and a sentence."""
    told = {"proven": readiness.proven, "enough": ENOUGH, "forgotten": readiness.forgotten}
    if readiness.verdict == NOTHING:
        return _("Nothing to compare yet."), _("Enrol the client as shadow and bill by hand as before.")
    if readiness.verdict == LOOK:
        return _("Not yet."), _("Look at the differences below: each says what shadow would have billed, and why.")
    if readiness.verdict == WAIT:
        return _("Not yet."), _(
            "Equal so far, but only %(proven)s of at least %(enough)s tickets were compared."
        ) % told
    if readiness.forgotten:
        said = _("%(proven)s tickets were billed alike, and %(forgotten)s are not billed by hand.")
        return _("Ready to go live."), said % told
    return _("Ready to go live."), _("%(proven)s tickets were billed alike.") % told


def _set(request: HttpRequest, client: Client, form: TermsForm) -> bool:
    """Store the terms; False where the form now has the refusal."""
    data = form.cleaned_data
    terms = OwnTerms(data["default_strategy"], data["threshold"])
    try:
        set_own_terms(
            client.pk, terms, seen=seen_by(request), reason=data["reason"], by=signed_in(request), at=timezone.now()
        )
    except ValueError as refused:
        form.add_error("threshold", str(refused))
        return False
    return True


def _shown(readiness: Readiness) -> list[dict[str, Any]]:
    """The differences with the pages of their tickets, in one query."""
    names = [one.ticket for one in readiness.differences]
    keys = dict(Ticket.objects.filter(external_id__in=names).values_list("external_id", "pk"))
    return [_difference(one, keys[one.ticket]) for one in readiness.differences if one.ticket in keys]


def _difference(one: Comparison, key: int) -> dict[str, Any]:
    return {
        "one": one,
        "link": reverse("admin:tickets_ticket_change", args=[key]),
        "verdict": VERDICTS[one.verdict],
        "why": why_it_differs(one),
        "shadow": "" if one.shadow_cents is None else money(one.shadow_cents, one.currency),
        "manual": "" if one.manual_cents is None else money(one.manual_cents, one.currency),
        "difference": money(one.difference_cents, one.currency),
    }
