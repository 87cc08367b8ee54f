"""Sending issued documents: one on its page, once more where it was sent before, many as long work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.desk.asking import Question, ask, is_confirmed, signed_in
from accounts.desk.marks import action
from invoicing.admin.batches import KeyOnly, chosen_keys, start
from invoicing.admin.forms import SeenForm, bound
from invoicing.admin.verbs import DocumentVerbs, answer, page_of, while_it_fits
from invoicing.batches import SEND
from invoicing.handing_over import PARKED, QUEUED, SENT_BEFORE, Sending
from invoicing.models import Invoice
from invoicing.sending import plan_sending, send_invoices
from invoicing.switches import BillingDisabled
from invoicing.transitions import InvalidTransition

MOST_TRIED: Final = 300
SAID: Final = {
    QUEUED: gettext_lazy("is sent"),
    SENT_BEFORE: gettext_lazy("was sent before"),
    "left": gettext_lazy("needs no sending"),
    PARKED: gettext_lazy("cannot be sent yet"),
    "refused": gettext_lazy("is not sent"),
}


class Sends(DocumentVerbs):
    """Send…, on the page of an issued document and in the list."""

    def has_send_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may send, and whether this one is issued."""
        return self.may(request, object_id, "invoicing.send_invoice")

    @action(description=gettext_lazy("Send…"), permissions=["send"], icon="send")
    @while_it_fits
    def send_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        document, back = self.existing(request, object_id), page_of(object_id)
        sent_before = document.mails.filter(purpose="document", status="sent").count()
        form, again, seen = SeenForm(bound(request)), sent_before > 0, str(sent_before)
        if not form.is_bound:
            form.initial["seen"] = seen
        try:
            (plan,) = plan_sending([document.pk], at=timezone.now(), by=signed_in(request), again=again)
        except BillingDisabled as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return HttpResponseRedirect(back)

        def send() -> str:
            if form.cleaned_data["seen"] and not form.agrees(seen):
                raise InvalidTransition(_("It was sent meanwhile: look at it again."))
            (sent,) = send_invoices([document.pk], at=timezone.now(), by=signed_in(request), again=again)
            if sent.problem:
                raise InvalidTransition(sent.problem)
            to = ", ".join([*sent.mail.to, *sent.mail.cc]) if sent.mail else sent.reason or "Stripe"
            return _("%(document)s is on its way: %(to)s") % {"document": document, "to": to}

        can = plan.outcome == QUEUED
        title = _("Send it once more?") if again else _("Send this document?")
        if not can:
            title = _("This document is not sent")
        context = {"sendings": _shown([plan]), "again": again}
        question = Question(title, _("Send now") if can else "", "invoicing/admin/send.html", context, form, back)
        return answer(self, request, question, send)

    @admin.action(description=gettext_lazy("Send…"), permissions=["send"])
    def send(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> HttpResponse | None:
        chosen = chosen_keys(self, request, queryset.filter(number__isnull=False))
        if chosen is None:
            return None
        if not chosen:
            self.message_user(request, _("None of these is issued."), messages.ERROR)
            return None
        form = KeyOnly(bound(request))
        try:
            if is_confirmed(request) and form.is_valid():
                return start(request, SEND, chosen, form.cleaned_data["key"])
            return ask(self, request, _question(request, chosen, form), chosen=chosen)
        except BillingDisabled as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return None


def _question(request: HttpRequest, chosen: Sequence[int], form: KeyOnly) -> Question:
    tried = chosen[:MOST_TRIED]
    sendings = plan_sending(tried, at=timezone.now(), by=signed_in(request))
    count = sum(one.outcome == QUEUED for one in sendings) + len(chosen) - len(tried)
    title = ngettext("Send %(count)s document?", "Send %(count)s documents?", count) % {"count": count}
    context = {"sendings": _shown(sendings), "untried": len(chosen) - len(tried)}
    return Question(title, _("Send now") if count else "", "invoicing/admin/send.html", context, form)


def _shown(sendings: Sequence[Sending]) -> list[dict[str, Any]]:
    return [
        {
            "document": one.document,
            "outcome": SAID[one.outcome],
            "problem": one.problem,
            "to": ", ".join([*one.mail.to, *one.mail.cc]) if one.mail else "",
            "reason": one.reason,
        }
        for one in sendings
    ]
