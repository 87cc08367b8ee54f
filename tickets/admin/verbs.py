"""What people do with tickets: bill, close, resolve, reopen. Each verb is one use case, from the list or the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.enums import ActionVariant

from accounts.desk.asking import Question, ReasonForm, ask, is_confirmed, reason_form, signed_in
from accounts.desk.marks import action
from accounts.desk.pages import Page
from invoicing.display import money, sums
from invoicing.switches import BillingDisabled
from tickets import billing, lifecycle
from tickets.admin.work import OPEN, shown_plan
from tickets.approval import Approver, OwnWork, approve_ticket
from tickets.balances import Balances
from tickets.models import Ticket
from tickets.plan import ABOVE_APPROVAL_THRESHOLD
from tickets.reasons import sentence, short
from tickets.run import BillingRun, TicketResult

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

MOST_AT_ONCE = 1000


class TicketVerbs(Page):
    """The actions of the ticket pages."""

    actions = ("bill_now", "close")
    actions_detail = ("bill_this", "approve_this", "close_this", "resolve_this", "reopen_this")

    def has_bill_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may bill by hand, and whether billing of this one is still open."""
        may = bool(person(request).has_perm("tickets.bill_ticket"))
        return may and self._is(request, object_id, lambda ticket: ticket.billing_status in OPEN)

    def has_approve_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may approve so much time, and whether this one waits for it."""
        may = bool(person(request).has_perm("tickets.approve_ticket"))
        return may and self._is(request, object_id, lambda t: t.billing_reason == ABOVE_APPROVAL_THRESHOLD)

    def has_finish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may close, and whether this one is not closed yet."""
        return self.has_change_permission(request) and self._is(request, object_id, lambda t: t.status != "closed")

    def has_resolve_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may resolve, and whether this one is neither resolved nor closed."""
        unfinished = self._is(request, object_id, lambda ticket: ticket.status not in Ticket.FINISHED)
        return self.has_change_permission(request) and unfinished

    def has_reopen_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may reopen, and whether this one is resolved or closed."""
        finished = self._is(request, object_id, lambda ticket: ticket.status in Ticket.FINISHED)
        return self.has_change_permission(request) and finished

    def _is(self, request: HttpRequest, object_id: str | None, test: Callable[[Ticket], bool]) -> bool:
        ticket = self.get_object(request, object_id) if object_id else None
        return object_id is None or (ticket is not None and test(ticket))

    @admin.action(description="Bill now…", permissions=["bill"])
    def bill_now(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> HttpResponse | None:
        chosen = self._chosen(request, queryset)
        return self._bill(request, chosen) if chosen else None

    @action(description="Bill now…", permissions=["bill"], icon="receipt_long", variant=ActionVariant.PRIMARY)
    def bill_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        back = page_of(object_id)
        return self._bill(request, [int(object_id)], back=back) or HttpResponseRedirect(back)

    @action(description="Approve and bill…", permissions=["approve"], icon="verified", variant=ActionVariant.PRIMARY)
    def approve_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        form, back = reason_form(request), page_of(object_id)
        if not (is_confirmed(request) and form.is_valid()):
            return ask(self, request, Question("Approve so much time, and bill it?", "Approve", form=form, back=back))
        approver = Approver(signed_in(request), getattr(request.user, "technician_id", None) or "")
        reason = form.cleaned_data["reason"]
        try:
            result = approve_ticket(int(object_id), approver=approver, reason=reason, at=timezone.now())
        except (OwnWork, BillingDisabled) as problem:
            self.message_user(request, str(problem), messages.ERROR)
        else:
            level, said = report(BillingRun([result] if result else []))
            self.message_user(request, said, level)
        return HttpResponseRedirect(back)

    @admin.action(description="Close", permissions=["finish"])
    def close(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> None:
        for pk in self._chosen(request, queryset):
            ticket = lifecycle.close_ticket(pk, at=timezone.now(), by=signed_in(request))
            self.message_user(request, f"Ticket {ticket.number} is closed.", messages.SUCCESS)

    @action(description="Close…", permissions=["finish"], icon="task_alt")
    def close_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._finish(request, object_id, "Close", lifecycle.close_ticket)

    @action(description="Resolve…", permissions=["resolve"], icon="check")
    def resolve_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._finish(request, object_id, "Resolve", lifecycle.resolve_ticket)

    @action(description="Reopen…", permissions=["reopen"], icon="undo")
    def reopen_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        form, back = reason_form(request), page_of(object_id)
        if not (is_confirmed(request) and form.is_valid()):
            return ask(self, request, Question("Reopen this ticket?", "Reopen", form=form, back=back))
        reason = form.cleaned_data["reason"]
        ticket = lifecycle.reopen_ticket(int(object_id), at=timezone.now(), by=signed_in(request), reason=reason)
        self.message_user(request, f"Ticket {ticket.number} is open again.", messages.SUCCESS)
        return HttpResponseRedirect(back)

    def _finish(self, request: HttpRequest, object_id: str, verb: str, do: Callable[..., Ticket]) -> HttpResponse:
        if not is_confirmed(request):
            return ask(self, request, Question(f"{verb} this ticket?", verb, back=page_of(object_id)))
        ticket = do(int(object_id), at=timezone.now(), by=signed_in(request))
        self.message_user(
            request, f"Ticket {ticket.number} is {ticket.get_status_display().lower()}.", messages.SUCCESS
        )
        return HttpResponseRedirect(page_of(object_id))

    def _chosen(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> list[int]:
        """The keys in the order of billing; none where there are too many for one page."""
        chosen = list(queryset.order_by("finished_at", "pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            self.message_user(request, f"Choose at most {MOST_AT_ONCE} tickets.", messages.ERROR)
            return []
        return chosen

    def _bill(self, request: HttpRequest, ids: list[int], back: str = "") -> HttpResponse | None:
        form = reason_form(request)
        try:
            if not (is_confirmed(request) and form.is_valid()):
                return ask(self, request, _question(ids, form, back), chosen=[] if back else ids)
            reason = form.cleaned_data["reason"]
            run = billing.bill_tickets(ids, at=timezone.now(), by=signed_in(request), by_hand=True, reason=reason)
        except BillingDisabled as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return HttpResponseRedirect(back) if back else None
        level, said = report(run)
        self.message_user(request, said, level)
        return None


def _question(ids: list[int], form: ReasonForm, back: str) -> Question:
    """The plan of exactly these tickets, as the same code would apply it."""
    now = timezone.now()
    run = billing.plan_tickets(ids, at=now, by_hand=True, balances=Balances())
    charged = run.summary().counts["charged"]
    context: dict[str, Any] = {"rows": [_row(result) for result in run.results], "total": _total(run)}
    if len(ids) == 1:
        context["plan"] = shown_plan(Ticket.objects.get(pk=ids[0]), at=now)
    what = "this ticket" if len(ids) == 1 else f"{charged} of {len(ids)} tickets"
    return Question(f"Bill {what}?", "Bill now", "tickets/admin/bill.html", context, form, back)


def _row(result: TicketResult) -> dict[str, str]:
    amount = money(result.subtotal_cents, result.currency) if result.charges else ""
    why = sentence(result.reason) if result.reason else ""
    return {
        "number": result.number, "client": result.client, "outcome": result.outcome, "why": why,
        "detail": result.detail, "amount": amount,
    }  # fmt: skip


def _total(run: BillingRun) -> str:
    return sums(dict(run.summary().subtotals))


def report(run: BillingRun) -> tuple[int, str]:
    """What billing came to, as a message and its level."""
    if len(run.results) == 1:
        (result,) = run.results
        if result.error:
            return messages.ERROR, f"Ticket {result.number} was not billed: {result.error}"
        if result.charges:
            amount = money(result.subtotal_cents, result.currency)
            return messages.SUCCESS, f"Ticket {result.number}: {amount} went on a draft."
        return messages.WARNING, f"Ticket {result.number}: {result.outcome}, {short(result.reason)}."
    counts = run.summary().counts
    said = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing to do"
    level = messages.ERROR if counts["failed"] else messages.SUCCESS
    return level, f"Tickets: {said}; {_total(run)}."


def page_of(object_id: str) -> str:
    """The address of a ticket's page."""
    return reverse("admin:tickets_ticket_change", args=[object_id])


def person(request: HttpRequest) -> User | AnonymousUser:
    """Who asks."""
    return request.user
