"""What people do with tickets: bill, overrule, close, resolve, reopen. Each verb is one use case."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.asking import Question, ask, is_confirmed, reason_form, signed_in
from accounts.desk.marks import action
from accounts.language import within
from tickets import lifecycle
from tickets.admin.base import TicketActions, page_of
from tickets.admin.bill import MOST_AT_ONCE, BillVerbs, many
from tickets.admin.overrule import OverruleVerbs
from tickets.models import Ticket


class FinishVerbs(TicketActions):
    """Close, resolve, reopen."""

    def has_finish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:  # noqa: ARG002
        """Whether the person works on tickets."""
        return self.has_change_permission(request)

    @admin.action(description=gettext_lazy("Close…"), permissions=["finish"])
    def close(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> HttpResponse | None:
        chosen = self.chosen_keys(request, queryset, MOST_AT_ONCE)
        if chosen and not is_confirmed(request):
            title = _("Close %(tickets)s?") % {"tickets": many(len(chosen))}
            return ask(self, request, Question(title, _("Close")), chosen=chosen)
        closed = 0
        for pk in chosen:
            with self.saying_refusals(request):
                lifecycle.close_ticket(pk, at=timezone.now(), by=signed_in(request))
                closed += 1
        if closed:
            self.message_user(request, _("Closed: %(tickets)s.") % {"tickets": many(closed)}, messages.SUCCESS)
        return None

    @action(description=gettext_lazy("Close…"), permissions=["finish"], icon="task_alt")
    def close_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        question = Question(_("Close this ticket?"), _("Close"))
        return self._finish(request, object_id, "close", question, lifecycle.close_ticket)

    @action(description=gettext_lazy("Resolve…"), permissions=["finish"], icon="check")
    def resolve_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        question = Question(_("Resolve this ticket?"), _("Resolve"))
        return self._finish(request, object_id, "resolve", question, lifecycle.resolve_ticket)

    @action(description=gettext_lazy("Reopen…"), permissions=["finish"], icon="undo")
    def reopen_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        ticket = self.ticket_of(request, object_id)
        if late := self.too_late(request, ticket, "reopen"):
            return late
        form, back = reason_form(request), page_of(ticket.pk)
        if not (is_confirmed(request) and form.is_valid()):
            return ask(self, request, Question(_("Reopen this ticket?"), _("Reopen"), form=form, back=back))
        reason = form.cleaned_data["reason"]
        with self.saying_refusals(request):
            ticket = lifecycle.reopen_ticket(ticket.pk, at=timezone.now(), by=signed_in(request), reason=reason)
            said = _("Ticket %(number)s is open again.") % {"number": ticket.number}
            self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(back)

    def _finish(
        self, request: HttpRequest, object_id: str, verb: str, question: Question, do: Callable[..., Ticket]
    ) -> HttpResponse:
        ticket = self.ticket_of(request, object_id)
        if late := self.too_late(request, ticket, verb):
            return late
        back = page_of(ticket.pk)
        if not is_confirmed(request):
            return ask(self, request, Question(question.title, question.button, back=back))
        with self.saying_refusals(request):
            ticket = do(ticket.pk, at=timezone.now(), by=signed_in(request))
            named = {"number": ticket.number, "state": within(ticket.get_status_display())}
            self.message_user(request, _("Ticket %(number)s is %(state)s.") % named, messages.SUCCESS)
        return HttpResponseRedirect(back)


class TicketVerbs(BillVerbs, OverruleVerbs, FinishVerbs):
    """The actions of the list and of the page."""

    actions = ("bill_now", "hold", "release", "waive", "close")
    actions_detail = (
        "bill_this", "approve_this", "hold_this", "release_this", "waive_this", "force_this", "strategy_this",
        "rate_this", "close_this", "resolve_this", "reopen_this",
    )  # fmt: skip
