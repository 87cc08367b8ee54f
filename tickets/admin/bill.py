"""Billing by hand: the plan first, then exactly that plan; and approving what is above the threshold."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.enums import ActionVariant

from accounts.desk.asking import Question, ReasonForm, ask, has_changed, is_confirmed, reason_form, signed_in
from accounts.desk.marks import action
from accounts.language import word
from invoicing.display import money, sums
from invoicing.switches import BillingDisabled
from invoicing.transitions import InvalidTransition
from tickets import billing
from tickets.admin.base import TicketActions, page_of
from tickets.admin.fingerprint import fingerprint
from tickets.admin.next_steps import next_step
from tickets.admin.plans import shown_result, warnings_of
from tickets.approval import Approver, OwnWork, approve_ticket, plan_approval
from tickets.balances import Balances
from tickets.models import Ticket
from tickets.reasons import sentence, short
from tickets.run import BillingRun, TicketResult

# The question carries each of them back, and a form has at most a thousand fields.
MOST_AT_ONCE = 900
# Outcomes after which the ticket waits as before: there is nothing to confirm.
STAYS = ("hold", "skip")


class BillVerbs(TicketActions):
    """Bill, and approve and bill."""

    def has_bill_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:  # noqa: ARG002
        """Whether the person may bill by hand."""
        return bool(request.user.has_perm("tickets.bill_ticket"))

    @admin.action(description=gettext_lazy("Bill now…"), permissions=["bill"])
    def bill_now(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> HttpResponse | None:
        chosen = self.chosen_keys(request, queryset, MOST_AT_ONCE)
        return self._bill(request, chosen) if chosen else None

    @action(
        description=gettext_lazy("Generate invoice…"), permissions=["bill"], icon="receipt_long",
        variant=ActionVariant.PRIMARY,
    )  # fmt: skip
    def bill_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        ticket = self.ticket_of(request, object_id)
        back = page_of(ticket.pk)
        late = self.too_late(request, ticket, "bill")
        return late or self._bill(request, [ticket.pk], back=back) or HttpResponseRedirect(back)

    def has_approve_ticket_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:  # noqa: ARG002
        """Whether the person may approve tickets with much time."""
        return bool(request.user.has_perm("tickets.approve_ticket"))

    @action(
        description=gettext_lazy("Approve and bill…"), permissions=["approve_ticket"], icon="verified",
        variant=ActionVariant.PRIMARY,
    )  # fmt: skip
    def approve_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        ticket, now = self.ticket_of(request, object_id), timezone.now()
        if late := self.too_late(request, ticket, "approve"):
            return late
        form, back = reason_form(request), page_of(ticket.pk)
        approver = approver_of(request)
        try:
            planned = TicketResult.of(plan_approval(ticket.pk, approver, at=now), "")
            seen = fingerprint([planned])
            changed = has_changed(request, seen)
            if changed or not (is_confirmed(request) and form.is_valid()):
                title = _("Approve so much time, and bill it?")
                context = {**plan_context(BillingRun([planned]), ticket), "changed": changed}
                question = Question(title, _("Approve"), "tickets/admin/bill.html", context, form, back, seen)
                return ask(self, request, question)
            result = approve_ticket(ticket.pk, approver=approver, reason=form.cleaned_data["reason"], at=now)
        except (OwnWork, BillingDisabled, InvalidTransition) as problem:
            self.message_user(request, str(problem), messages.ERROR)
        else:
            self._report(request, BillingRun([result]))
        return HttpResponseRedirect(back)

    def _bill(self, request: HttpRequest, ids: list[int], back: str = "") -> HttpResponse | None:
        form, now = reason_form(request), timezone.now()
        try:
            planned = billing.plan_tickets(ids, at=now, by_hand=True, balances=Balances())
            seen = fingerprint(planned.results)
            changed = has_changed(request, seen)
            if changed or not (is_confirmed(request) and form.is_valid()):
                question = _question(request, ids, planned, form, back=back, seen=seen, changed=changed)
                return ask(self, request, question, chosen=[] if back else ids)
            reason = form.cleaned_data["reason"]
            run = billing.bill_tickets(ids, at=now, by=signed_in(request), by_hand=True, reason=reason)
        except BillingDisabled as problem:
            self.message_user(request, str(problem), messages.ERROR)
            return HttpResponseRedirect(back) if back else None
        self._report(request, run)
        return None

    def _report(self, request: HttpRequest, run: BillingRun) -> None:
        level, said = report(run)
        self.message_user(request, said, level)


def approver_of(request: HttpRequest) -> Approver:
    """The person as somebody who approves, with the id under which they log time."""
    return Approver(signed_in(request), getattr(request.user, "technician_id", None) or "")


def _question(
    request: HttpRequest, ids: list[int], planned: BillingRun, form: ReasonForm, *, back: str, seen: str, changed: bool
) -> Question:
    """The plan of exactly these tickets, as the same code would apply it. What would be held again has no button."""
    ticket = Ticket.objects.select_related("client").get(pk=ids[0]) if len(ids) == 1 else None
    context = {**plan_context(planned, ticket), "changed": changed}
    if ticket is None:
        of = {"charged": planned.summary().counts["charged"], "number": len(ids)}
        title = _("Bill %(charged)s of %(number)s tickets?") % of
        return Question(title, _("Bill now"), "tickets/admin/bill.html", context, form, back, seen)
    (result,) = planned.results
    context["step"] = next_step(ticket, result.reason, request.user)
    if result.outcome in STAYS and back:
        return Question(_("This ticket cannot be billed yet"), "", "tickets/admin/bill.html", context, back=back)
    return Question(_("Bill this ticket?"), _("Bill now"), "tickets/admin/bill.html", context, form, back, seen)


def plan_context(planned: BillingRun, ticket: Ticket | None = None) -> dict[str, Any]:
    """What the question shows: one plan with its lines and warnings, or a row for each ticket and the sum."""
    if len(planned.results) != 1:
        return {"rows": [_row(result) for result in planned.results], "total": _total(planned)}
    warnings = warnings_of(ticket) if ticket else []
    return {"plan": shown_result(planned.results[0]), "warnings": warnings, "ticket": ticket}


def _row(result: TicketResult) -> dict[str, str]:
    amount = money(result.subtotal_cents, result.currency) if result.charges else ""
    why = sentence(result.reason) if result.reason else result.error
    return {
        "number": result.number, "client": result.client, "outcome": word(result.outcome), "why": why,
        "detail": result.detail, "amount": amount,
    }  # fmt: skip


def _total(run: BillingRun) -> str:
    return sums(dict(run.summary().subtotals))


def report(run: BillingRun) -> tuple[int, str]:
    """What billing came to, as a message and its level."""
    if len(run.results) == 1:
        (result,) = run.results
        named = {"number": result.number, "why": result.error or short(result.reason), "outcome": word(result.outcome)}
        if result.error:
            return messages.ERROR, _("Ticket %(number)s was not billed: %(why)s") % named
        if result.charges:
            amount = money(result.subtotal_cents, result.currency)
            return messages.SUCCESS, _("Ticket %(number)s: %(amount)s went on a draft.") % {**named, "amount": amount}
        return messages.WARNING, _("Ticket %(number)s: %(outcome)s, %(why)s.") % named
    counts = run.summary().counts
    said = ", ".join(f"{count} {word(name)}" for name, count in counts.items() if count) or _("nothing to do")
    level = messages.ERROR if counts["failed"] else messages.SUCCESS
    return level, _("Tickets: %(counts)s; %(total)s.") % {"counts": said, "total": _total(run)}


def many(number: int) -> str:
    """So many tickets, in words."""
    return ngettext("%(number)s ticket", "%(number)s tickets", number) % {"number": number}
