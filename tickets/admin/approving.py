"""Deciding about time entries in sets, and billing chosen ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.desk import refusals
from accounts.desk.asking import Question, ask, has_changed, is_confirmed, reason_form, signed_in
from accounts.desk.pages import Page
from contracts.models import Client
from invoicing.switches import BillingDisabled
from invoicing.transitions import InvalidTransition
from tickets.admin.bill import approver_of, plan_context
from tickets.admin.fingerprint import fingerprint
from tickets.approval import APPROVED, REJECTED, Approver, OwnWork, approve_entries, decidable, reject_entries
from tickets.chosen import CannotBeBilled, bill_time_entries, plan_time_entries
from tickets.models import TimeEntry
from tickets.plan import TicketPlan
from tickets.run import BillingRun, TicketResult

# A question carries each of its rows back, and a form has at most a thousand fields.
MOST_APPROVED, MOST_ASKED = 5000, 900
TOLD = 10


class EntryVerbs(Page):
    """Approve, reject, bill these."""

    actions = ("approve", "reject", "bill_chosen")

    def has_approve_permission(self, request: HttpRequest) -> bool:
        """Whether the person decides about time of others."""
        return bool(request.user.has_perm("tickets.approve_timeentry"))

    def has_bill_permission(self, request: HttpRequest) -> bool:
        """Whether the person may bill by hand."""
        return bool(request.user.has_perm("tickets.bill_ticket"))

    @admin.action(description=gettext_lazy("Approve"), permissions=["approve"])
    def approve(self, request: HttpRequest, queryset: QuerySet[TimeEntry]) -> None:
        said = gettext_lazy("%(number)s approved.")
        self._decide(request, self._keys(request, queryset, MOST_APPROVED), APPROVED, approve_entries, said)

    @admin.action(description=gettext_lazy("Reject…"), permissions=["approve"])
    def reject(self, request: HttpRequest, queryset: QuerySet[TimeEntry]) -> HttpResponse | None:
        form, chosen = reason_form(request), self._keys(request, queryset, MOST_ASKED)
        if chosen and not (is_confirmed(request) and form.is_valid()):
            context = {"entries": TimeEntry.objects.filter(pk__in=chosen).select_related("ticket")}
            template = "tickets/admin/reject.html"
            return ask(
                self, request, Question(_("Reject these time entries?"), _("Reject"), template, context, form),
                chosen=chosen,
            )  # fmt: skip
        said, why = gettext_lazy("%(number)s rejected."), form.cleaned_data["reason"] if chosen else ""
        self._decide(request, chosen, REJECTED, reject_entries, said, reason=why)
        return None

    @admin.action(description=gettext_lazy("Bill these…"), permissions=["bill"])
    def bill_chosen(self, request: HttpRequest, queryset: QuerySet[TimeEntry]) -> HttpResponse | None:
        chosen = self._keys(request, queryset, MOST_ASKED)
        try:
            return self._bill(request, chosen) if chosen else None
        except (CannotBeBilled, OwnWork, InvalidTransition, BillingDisabled) as problem:
            self.message_user(request, str(problem), messages.ERROR)
        return None

    def _bill(self, request: HttpRequest, chosen: list[int]) -> HttpResponse | None:
        now, form = timezone.now(), reason_form(request)
        plans, approver = _planned(request, chosen)
        run = BillingRun(_results(plans))
        seen = fingerprint(run.results)
        changed = has_changed(request, seen)
        if changed or not (is_confirmed(request) and form.is_valid()):
            title = _("Approve and bill this time?") if approver else _("Bill this time?")
            context = {**plan_context(run), "changed": changed}
            question = Question(title, _("Bill now"), "tickets/admin/bill.html", context, form, seen=seen)
            return ask(self, request, question, chosen=chosen)
        reason = form.cleaned_data["reason"]
        draft = bill_time_entries(chosen, reason=reason, by=signed_in(request), at=now, approver=approver)
        if draft is None:
            self.message_user(request, _("Allowances cover all of this time."), messages.SUCCESS)
            return None
        self.message_user(request, _("This time went on a draft of its own."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:invoicing_invoice_change", args=[draft.pk]))

    def _keys(self, request: HttpRequest, queryset: QuerySet[TimeEntry], most: int) -> list[int]:
        keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: most + 1])
        if len(keys) > most:
            self.message_user(request, _("Choose at most %(most)s entries.") % {"most": most}, messages.ERROR)
            return []
        return keys

    def _decide(
        self, request: HttpRequest, keys: Sequence[int], state: str, decide: Callable[..., list[TimeEntry]],
        said: Any, **why: str,
    ) -> None:  # fmt: skip
        """Decide about those that can be, as one set; each of the others says why it cannot."""
        approver = approver_of(request)
        able, refused = decidable(keys, state, approver)
        try:
            done = decide(able, approver=approver, at=timezone.now(), **why) if able else []
        except (OwnWork, InvalidTransition, ValueError) as problem:
            refused, done = [*refused, str(problem)], []
        except DatabaseError as problem:
            said_so = refusals.sentence(problem)
            if not said_so:
                raise
            refused, done = [*refused, said_so], []
        for sentence in refused[:TOLD]:
            self.message_user(request, sentence, messages.ERROR)
        if (more := len(refused) - TOLD) > 0:
            text = ngettext("%(number)s more was refused.", "%(number)s more were refused.", more)
            self.message_user(request, text % {"number": more}, messages.ERROR)
        if done:
            self.message_user(request, said % {"number": len(done)}, messages.SUCCESS)


def _planned(request: HttpRequest, chosen: list[int]) -> tuple[list[TicketPlan], Approver | None]:
    """The plan of these entries; with the person's approval where only that is missing and they may give it."""
    try:
        return plan_time_entries(chosen, at=timezone.now()), None
    except CannotBeBilled as refused:
        if not request.user.has_perm("tickets.approve_ticket"):
            raise
        approver = approver_of(request)
        try:
            return plan_time_entries(chosen, at=timezone.now(), approver=approver), approver
        except InvalidTransition:
            raise refused from None


def _results(plans: Sequence[TicketPlan]) -> list[TicketResult]:
    names = dict(Client.objects.filter(pk__in={plan.ticket.client for plan in plans}).values_list("pk", "external_id"))
    return [TicketResult.of(plan, names.get(plan.ticket.client or 0, "")) for plan in plans]
