"""Overruling how a ticket is billed: each verb shows what it would come to, asks why, and is done once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import refusals
from accounts.desk.asking import Question, ReasonForm, ask, has_changed, is_confirmed, signed_in
from accounts.desk.marks import action
from invoicing.switches import BillingDisabled
from invoicing.transitions import InvalidTransition
from tickets.admin.base import FITS, TicketActions, page_of
from tickets.admin.bill import many, report
from tickets.admin.fingerprint import fingerprint
from tickets.admin.plans import ShownPlan, shown_plan, shown_result
from tickets.admin.ways import FORCE, HOLD, RATE, RELEASE, STRATEGY, WAIVE, Verb
from tickets.billing import plan_ticket
from tickets.models import Ticket
from tickets.overruling import perform, state_of
from tickets.reasons import short
from tickets.run import BillingRun, TicketResult

MOST_AT_ONCE = 200
TOLD = 10
REFUSALS = (InvalidTransition, BillingDisabled, ValueError, LookupError)


class OverruleVerbs(TicketActions):
    """Hold, release, waive, force, strategy, rate."""

    def has_hold_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:  # noqa: ARG002
        """Whether the person may hold tickets back."""
        return bool(request.user.has_perm("tickets.hold_billing"))

    def has_release_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:  # noqa: ARG002
        """Whether the person may release tickets."""
        return bool(request.user.has_perm("tickets.release_billing"))

    def has_waive_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:  # noqa: ARG002
        """Whether the person may give up billing."""
        return bool(request.user.has_perm("tickets.waive_billing"))

    def has_force_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:  # noqa: ARG002
        """Whether the person may have a ticket billed against what was agreed."""
        return bool(request.user.has_perm("tickets.force_billing"))

    def has_strategy_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:  # noqa: ARG002
        """Whether the person may choose how a ticket is priced."""
        return bool(request.user.has_perm("tickets.override_strategy"))

    def has_rate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:  # noqa: ARG002
        """Whether the person may choose a rate."""
        return bool(request.user.has_perm("tickets.override_rate"))

    @action(description=gettext_lazy("Hold…"), permissions=["hold"], icon="pause")
    def hold_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._overrule(request, object_id, HOLD)

    @action(description=gettext_lazy("Release…"), permissions=["release"], icon="play_arrow")
    def release_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._overrule(request, object_id, RELEASE)

    @action(description=gettext_lazy("Waive…"), permissions=["waive"], icon="money_off")
    def waive_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._overrule(request, object_id, WAIVE)

    @action(description=gettext_lazy("Force…"), permissions=["force"], icon="bolt")
    def force_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._overrule(request, object_id, FORCE)

    @action(description=gettext_lazy("Strategy…"), permissions=["strategy"], icon="rule")
    def strategy_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._overrule(request, object_id, STRATEGY)

    @action(description=gettext_lazy("Rate…"), permissions=["rate"], icon="sell")
    def rate_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._overrule(request, object_id, RATE)

    @admin.action(description=gettext_lazy("Hold…"), permissions=["hold"])
    def hold(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> HttpResponse | None:
        return self._overrule_all(request, queryset, HOLD)

    @admin.action(description=gettext_lazy("Release…"), permissions=["release"])
    def release(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> HttpResponse | None:
        return self._overrule_all(request, queryset, RELEASE)

    @admin.action(description=gettext_lazy("Waive…"), permissions=["waive"])
    def waive(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> HttpResponse | None:
        return self._overrule_all(request, queryset, WAIVE)

    def _overrule(self, request: HttpRequest, object_id: str, verb: Verb) -> HttpResponse:
        ticket = self.ticket_of(request, object_id)
        if late := self.too_late(request, ticket, verb.name):
            return late
        form = _form(request, verb, ticket)
        answered = is_confirmed(request) and "preview" not in request.POST
        try:
            if answered and form.is_valid() and not self._done(request, ticket, verb, form):
                ticket.refresh_from_db()
                late = self.too_late(request, ticket, verb.name)
                return late or ask(self, request, _question(request, ticket, verb, form))
            if not (answered and form.is_valid()):
                return ask(self, request, _question(request, ticket, verb, form))
        except DatabaseError as problem:
            refused = refusals.sentence(problem)
            if not refused:
                raise
            self.message_user(request, refused, messages.ERROR)
        except REFUSALS as problem:
            self.message_user(request, str(problem), messages.ERROR)
        return HttpResponseRedirect(page_of(ticket.pk))

    @transaction.atomic
    def _done(self, request: HttpRequest, ticket: Ticket, verb: Verb, form: ReasonForm) -> bool:
        """Do it, unless the ticket is another one than the person saw. A second click waits here for the first."""
        now = timezone.now()
        ticket = Ticket.objects.select_for_update(no_key=True, of=("self",)).get(pk=ticket.pk)
        if not FITS[verb.name](ticket) or has_changed(request, _seen(ticket)):
            return False
        given = form.cleaned_data
        came_to = perform(verb.override(given), ticket, reason=given["reason"], by=signed_in(request), at=now)
        if isinstance(came_to, TicketResult):
            level, said = report(BillingRun([came_to]))
            self.message_user(request, said, level)
        else:
            self.message_user(request, verb.done % {"number": ticket.number}, messages.SUCCESS)
        return True

    def _overrule_all(self, request: HttpRequest, queryset: QuerySet[Ticket], verb: Verb) -> HttpResponse | None:
        chosen = self.chosen_keys(request, queryset, MOST_AT_ONCE)
        form = verb.form(request.POST if is_confirmed(request) else None)
        if not chosen:
            return None
        if not (is_confirmed(request) and form.is_valid()):
            tickets = Ticket.objects.filter(pk__in=chosen).select_related("client")
            context = {"note": verb.note, "tickets": [(one, short(one.billing_reason)) for one in tickets]}
            title = f"{verb.button}: {many(len(chosen))}?"
            question = Question(title, str(verb.button), "tickets/admin/overrule_all.html", context, form)
            return ask(self, request, question, chosen=chosen)
        self._do_all(request, chosen, verb, form.cleaned_data)
        return None

    def _do_all(self, request: HttpRequest, chosen: list[int], verb: Verb, given: dict[str, Any]) -> None:
        """One by one: what is refused says why and keeps nothing else from it."""
        override, refused, done = verb.override(given), [], 0
        for pk in chosen:
            try:
                override.do(pk, reason=given["reason"], by=signed_in(request), at=timezone.now())
                done += 1
            except REFUSALS as problem:
                refused.append(str(problem))
            except DatabaseError as problem:
                if not (said_so := refusals.sentence(problem)):
                    raise
                refused.append(said_so)
        for said in refused[:TOLD]:
            self.message_user(request, said, messages.ERROR)
        if len(refused) > TOLD:
            more = _("And %(number)s more that were refused.") % {"number": len(refused) - TOLD}
            self.message_user(request, more, messages.ERROR)
        if done:
            self.message_user(request, f"{verb.button}: {many(done)}.", messages.SUCCESS)


def _form(request: HttpRequest, verb: Verb, ticket: Ticket) -> ReasonForm:
    now = {"strategy": ticket.strategy_override, "rate": ticket.hourly_rate_override}
    return verb.form(request.POST if is_confirmed(request) else None, initial=now)


def _question(request: HttpRequest, ticket: Ticket, verb: Verb, form: ReasonForm) -> Question:
    """What the verb would come to with what the form says, else with what is in force."""
    seen = _seen(ticket)
    context = {
        "note": verb.note, "ticket": ticket, "changed": is_confirmed(request) and has_changed(request, seen),
        "can_preview": verb.form is not ReasonForm, "gives_up": verb.name in ("hold", "waive"),
        "plan": _foreseen(request, ticket, verb, form),
    }  # fmt: skip
    return Question(
        str(verb.title), str(verb.button), "tickets/admin/overrule.html", context, form, page_of(ticket.pk), seen
    )


def _foreseen(request: HttpRequest, ticket: Ticket, verb: Verb, form: ReasonForm) -> ShownPlan:
    now = timezone.now()
    field = verb.name
    if field in form.fields and form.is_bound:
        form.is_valid()
        if "preview" in request.POST:
            form.errors.pop("reason", None)  # trying out needs none
        given = {field: form.cleaned_data.get(field, form.initial[field])}
    else:
        given = dict(form.initial)
    _state, plan = verb.override(given).foresee(ticket, at=now)
    return shown_plan(ticket, at=now) if plan is None else shown_result(TicketResult.of(plan, ""))


def _seen(ticket: Ticket) -> str:
    """What decides what the verb does: the ticket's own state, and what billing it now would come to."""
    try:
        planned = [TicketResult.of(plan_ticket(ticket.pk, at=timezone.now()), "")]
    except (ValueError, LookupError):
        planned = []  # it cannot be planned; its state is what there is to see
    return fingerprint(planned, sorted(state_of(ticket).items()))
