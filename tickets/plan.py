"""What planning a ticket comes to: an outcome with its reason, and what would be charged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from invoicing.lifecycle.drafts import Collector
from rating.charge import Charge, Source
from rating.coverage import Allocation
from tickets.facts import TicketFacts

if TYPE_CHECKING:
    from tickets.unlimited import Finding
    from tickets.usage import Use

CHARGE, COVERED, HOLD, SKIP = "charge", "covered", "hold", "skip"

INCLUDED_TICKET = "included_ticket"
INCLUDED_HOURS = "included_hours"
UNLIMITED_PLAN = "unlimited_plan"
LATE_WORK_ABSORBED = "late_work_absorbed"
COVERED_REASONS = frozenset({INCLUDED_TICKET, INCLUDED_HOURS, UNLIMITED_PLAN, LATE_WORK_ABSORBED})

ENTRIES_PENDING_APPROVAL = "entries_pending_approval"
SEVERAL_CONTRACTS = "several_contracts"
NO_RATE = "no_rate"
ABOVE_APPROVAL_THRESHOLD = "above_approval_threshold"
FAIR_USE_REVIEW = "fair_use_review"
NO_TIME_ENTRIES = "no_time_entries"
HELD_BY_PERSON = "held_by_person"
PARKED = "parked"
HOLD_REASONS = frozenset({
    ENTRIES_PENDING_APPROVAL, SEVERAL_CONTRACTS, NO_RATE, ABOVE_APPROVAL_THRESHOLD, FAIR_USE_REVIEW, NO_TIME_ENTRIES,
    HELD_BY_PERSON, PARKED,
})  # fmt: skip

NOT_CLOSED = "not_closed"
INTERNAL = "internal"
NO_CLIENT = "no_client"
NOT_BILLABLE = "not_billable"
NON_BILLABLE_TYPE = "non_billable_type"
WAIVED = "waived"
ALREADY_BILLED = "already_billed"
BILLED_ELSEWHERE = "billed_elsewhere"
CLOSED_BEFORE_ENROLMENT = "closed_before_enrolment"
CLIENT_NOT_ENROLLED = "client_not_enrolled"

# Nothing of these tickets is automation's business, or it is settled: shadow has nothing to say about them.
NOT_COMPARED = frozenset({NOT_CLOSED, INTERNAL, NO_CLIENT, ALREADY_BILLED, CLOSED_BEFORE_ENROLMENT})

# A person who bills by hand passes over these; automation does not.
ENROLMENT_REASONS = (CLIENT_NOT_ENROLLED, CLOSED_BEFORE_ENROLMENT)


@dataclass(frozen=True, slots=True)
class TicketPlan:
    """What becomes of one ticket. Computing it writes nothing; applying it writes exactly this.

    `outcome` is charge, covered, hold or skip; all but charge carry a reason. `detail` says more for people.
    `shadow` is what would have been charged, of a ticket whose client is in shadow. `use` is the use of a contract that
    is not recorded yet, `findings` is what fair use flags.
    """

    ticket: TicketFacts
    outcome: str
    reason: str = ""
    detail: str = ""
    strategy: str = ""
    charges: tuple[Charge, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    covered: tuple[Source, ...] = ()
    free: tuple[Source, ...] = ()
    absorbed: tuple[Source, ...] = ()
    collector: Collector | None = None
    shadow: TicketPlan | None = None
    use: Use | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def subtotal_cents(self) -> int:
        return sum(charge.amount_cents for charge in self.charges)

    @property
    def currency(self) -> str:
        return self.charges[0].currency if self.charges else ""


def settled_without_line(plan: TicketPlan) -> Iterator[tuple[str, Source]]:
    """The units that a plan settles without a line, each with its claim's outcome."""
    for outcome, sources in (("covered", plan.covered), ("free", plan.free), ("absorbed", plan.absorbed)):
        for source in sources:
            yield outcome, source
