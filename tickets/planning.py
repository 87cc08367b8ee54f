"""What becomes of each ticket: decisions over facts, terms and balances; nothing is written (T-02)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from config import BillingSettings
from contracts.agreements import Agreements, Binding
from contracts.models import Client
from invoicing.lifecycle.drafts import Collector
from rating.hours import told
from rating.period import BillingPeriod
from rating.ticket import rate_ticket
from tickets import plan as outcomes
from tickets.balances import Balances
from tickets.combining import combined, without_charge
from tickets.facts import TicketFacts
from tickets.parts import NotCharged, Part, counted_time, raw_seconds, split
from tickets.plan import CHARGE, COVERED, SKIP, TicketPlan
from tickets.usage import Use, opened_in, uncounted

FINISHED = ("closed", "resolved")
SHADOW = "shadow"
PLANNED = ("draft", "auto", SHADOW)


@dataclass(slots=True)
class Planner:
    """Plans tickets of one run. `at` is the moment of the run; `by_hand` passes over enrolment (T-22)."""

    agreements: Agreements
    settings: BillingSettings
    at: datetime
    by_hand: bool = False
    balances: Balances = field(default_factory=Balances)
    _months: dict[str, tuple[str, date, date]] = field(default_factory=dict)

    def plan_all(self, tickets: Sequence[TicketFacts]) -> list[TicketPlan]:
        """Plan tickets in order, each with the balances that the ones before it left."""
        work = [self._work(ticket) for ticket in tickets]
        uses = uncounted(tickets, self.agreements)
        planned = [
            (ticket, part)
            for ticket, parts in zip(tickets, work, strict=True)
            if not isinstance(parts, NotCharged)
            for part in parts
        ]
        self._load_balances(planned, uses)
        plans = [self._plan(ticket, parts) for ticket, parts in zip(tickets, work, strict=True)]
        by_ticket = {use.ticket: use for use in uses}
        return [replace(plan, use=by_ticket.get(plan.ticket.id)) if by_ticket else plan for plan in plans]

    def _work(self, ticket: TicketFacts) -> list[Part] | NotCharged:
        client = self.agreements.clients.get(ticket.client or 0)
        if reason := next(iter(self._reasons_against(ticket, client)), ""):
            return NotCharged(reason)
        try:
            return split(ticket, self.agreements, self.settings, self.at)
        except NotCharged as found:
            return found

    def _reasons_against(self, ticket: TicketFacts, client: Client | None) -> Iterable[str]:
        """What needs no terms, in the order in which it counts."""
        if ticket.status not in FINISHED and not ticket.only_time:
            yield outcomes.NOT_CLOSED
        if ticket.internal:
            yield outcomes.INTERNAL
        if client is None:
            yield outcomes.NO_CLIENT
            return
        if not ticket.billable and not ticket.forced:
            yield outcomes.NOT_BILLABLE
        if ticket.ticket_type in self.settings.non_billable_types and not ticket.forced:
            yield outcomes.NON_BILLABLE_TYPE
        if ticket.billing_status == "waived":
            yield outcomes.WAIVED
        if ticket.billing_reason == outcomes.HELD_BY_PERSON:
            yield outcomes.HELD_BY_PERSON
        if ticket.late and not ticket.expenses and not counted_time(ticket):
            yield outcomes.ALREADY_BILLED
        if not self._insists(ticket):
            yield from self._reasons_of_enrolment(ticket, client)

    def _reasons_of_enrolment(self, ticket: TicketFacts, client: Client) -> Iterable[str]:
        if client.automation_from and ticket.finished_at and ticket.finished_at < client.automation_from:
            yield outcomes.CLOSED_BEFORE_ENROLMENT
        if self._automation(ticket) not in PLANNED:
            yield outcomes.CLIENT_NOT_ENROLLED

    def _load_balances(self, planned: Sequence[tuple[TicketFacts, Part]], uses: Sequence[Use]) -> None:
        parts = [part for _, part in planned]
        self.balances.load(parts, in_shadow=[part for ticket, part in planned if self._in_shadow_only(ticket)])
        opened = {
            ticket.id: opened_in(ticket.created_at, self.agreements.clients[ticket.client or 0])
            for ticket, part in planned
            if part.terms.fair_use is not None
        }
        self.balances.unlimited.load(parts, opened, uses)

    def _plan(self, ticket: TicketFacts, parts: list[Part] | NotCharged) -> TicketPlan:
        if isinstance(parts, NotCharged):
            return self._compared(without_charge(ticket, parts.reason, parts.detail))
        rated = [
            rate_ticket(part.work, part.terms, self.balances.of(part), self.balances.hours(part)) for part in parts
        ]
        plan = self._if_fair(self._placed(combined(ticket, parts, rated), parts), parts)
        self.balances.take(plan.allocations)
        return self._compared(plan)

    def _if_fair(self, plan: TicketPlan, parts: list[Part]) -> TicketPlan:
        """The plan, held where a person must first decide whether so much use of an unlimited plan is covered."""
        verdict = self.balances.judge(parts, plan.allocations)
        if verdict.undecided:
            plan = without_charge(plan.ticket, outcomes.FAIR_USE_REVIEW, verdict.undecided)
        return replace(plan, findings=verdict.findings) if verdict.findings else plan

    def _compared(self, plan: TicketPlan) -> TicketPlan:
        """The plan; of a client in shadow nothing is billed, and what would have been is kept to compare (T-18).

        What is held or skipped is so in shadow, too: a person clears it as later on. What a person bills meanwhile is
        billed, and kept to compare where nothing was planned before.
        """
        if self._automation(plan.ticket) != SHADOW or plan.reason in outcomes.NOT_COMPARED:
            return plan
        billable = plan.outcome in (CHARGE, COVERED)
        if self._insists(plan.ticket):
            return replace(plan, shadow=plan) if billable else plan
        if not billable:
            return replace(plan, shadow=plan)
        detail = f"shadow: {plan.outcome} {plan.reason}".strip()
        return TicketPlan(plan.ticket, SKIP, outcomes.CLIENT_NOT_ENROLLED, detail, shadow=plan, findings=plan.findings)

    def _in_shadow_only(self, ticket: TicketFacts) -> bool:
        """Whether the ticket is planned for the comparison alone."""
        return self._automation(ticket) == SHADOW and not self._insists(ticket)

    def _automation(self, ticket: TicketFacts) -> str:
        """What the ticket's client is enrolled as; its own value wins."""
        client = self.agreements.clients.get(ticket.client or 0)
        return (client.automation if client else "") or self.settings.enrolment_default

    def _insists(self, ticket: TicketFacts) -> bool:
        """Whether a person bills, so that enrolment does not count."""
        return self.by_hand or ticket.forced

    def _placed(self, plan: TicketPlan, parts: list[Part]) -> TicketPlan:
        """The plan with the draft that takes its charges; held where so much work needs an approval first (T-16)."""
        if plan.outcome != CHARGE:
            return plan
        raw, (most, whose) = raw_seconds(plan.ticket), self.agreements.approval_threshold(plan.ticket.client or 0)
        if raw > most and not plan.ticket.is_approved:
            detail = f"{told(raw)} worked, more than {told(most)} ({whose})"
            return without_charge(plan.ticket, outcomes.ABOVE_APPROVAL_THRESHOLD, detail)
        return replace(plan, collector=self._collector(plan.ticket, parts[-1].binding, plan.currency))

    def _collector(self, ticket: TicketFacts, closing: Binding, currency: str) -> Collector:
        """The draft that takes the charges: one of the client for the month of this run, or the ticket's own (T-15)."""
        client = self.agreements.clients[ticket.client or 0]
        agreed = closing.contract.grouping if closing.contract else ""
        if (agreed or ("per_client" if self.settings.group_by_client else "per_ticket")) == "per_ticket":
            return Collector(client.pk, f"ticket:{ticket.id}", currency)
        label, first, after = self._month(client)
        return Collector(client.pk, label, currency, first, after)

    def _month(self, client: Client) -> tuple[str, date, date]:
        """The month of this run in the client's zone: label, first day, and the first day after it."""
        if client.timezone not in self._months:
            month = BillingPeriod.current_month(self.at, client.zone)
            self._months[client.timezone] = (month.label(), month.first_day, month.last_day + timedelta(days=1))
        return self._months[client.timezone]
