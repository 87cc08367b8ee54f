"""What is known of a set of tickets: their work, read in sets, as plain facts for planning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from invoicing.bulk import bigints, mass_reader
from rating.work import ExpenseItem, WorkedTime


@dataclass(frozen=True, slots=True)
class LoggedTime:
    """A time entry that no claim has settled yet, with what decides whether it counts (T-03)."""

    worked: WorkedTime
    billable: bool
    status: str


@dataclass(slots=True)
class Settled:
    """What live claims have already settled of a ticket."""

    units: int = 0
    billed: int = 0
    elsewhere: int = 0
    fee: bool = False
    last_at: datetime | None = None


@dataclass(slots=True)
class TicketFacts:
    """A ticket with its unsettled work."""

    id: int
    reference: str
    client: int | None
    contact: int | None
    contract: int | None
    number: str
    subject: str
    status: str
    ticket_type: str
    billable: bool
    internal: bool
    finished_at: datetime | None
    billed_elsewhere: str
    strategy_override: str
    hourly_rate_override: Decimal | None
    approved_at: datetime | None
    forced: bool
    first_billed_at: datetime | None
    billing_status: str
    billing_reason: str
    attempts: int
    created_at: datetime
    # Whether it is counted as a use of a contract of its client.
    counted: bool
    time: list[LoggedTime] = field(default_factory=list)
    expenses: list[ExpenseItem] = field(default_factory=list)
    settled: Settled = field(default_factory=Settled)
    # Only these entries are wanted, whatever the state of the ticket; its fee and expenses wait for its closing.
    only_time: bool = False

    @property
    def late(self) -> bool:
        """Whether the ticket itself was billed before, so that what is there now is supplementary (T-19)."""
        return self.first_billed_at is not None

    @property
    def is_approved(self) -> bool:
        """Whether a person approved what is not settled yet; an approval ends with what was billed on it (T-16)."""
        if self.approved_at is None:
            return False
        return self.settled.last_at is None or self.approved_at > self.settled.last_at


TICKETS = """
SELECT id, external_id, client_id, contact_id, contract_id, number, subject, status, ticket_type, billable, internal,
    finished_at, billed_elsewhere, strategy_override, hourly_rate_override, approved_at, forced, first_billed_at,
    billing_status, billing_reason, billing_attempts, created_at, (
        SELECT u.id FROM tickets_ticketusage u
        JOIN contracts_contract c ON c.id = u.contract_id AND c.client_id = t.client_id
        WHERE u.ticket_id = t.id LIMIT 1
    ) IS NOT NULL
FROM tickets_ticket t WHERE id = ANY(%s::bigint[]) {only} ORDER BY id {lock}
"""
# A scalar subquery stays one probe of the unique index per unit. As NOT EXISTS it became a join that read every claim
# there is once per unit, whenever the statistics were older than the claims.
UNSETTLED = (
    "(SELECT c.id FROM invoicing_claim c WHERE c.kind = %s AND c.source_id = w.id AND c.released_at IS NULL {but} "
    "LIMIT 1) IS NULL"
)
ENTRIES = f"""
SELECT ticket_id, id, external_id, worked_on, seconds_worked, started_at, hourly_rate, work_type, emergency, billable,
    status
FROM tickets_timeentry w
WHERE ticket_id = ANY(%s::bigint[]) AND seconds_worked IS NOT NULL AND billed_elsewhere = '' AND {UNSETTLED}
ORDER BY worked_on, started_at NULLS LAST, id
"""
EXPENSES = f"""
SELECT ticket_id, id, external_id, incurred_on, description, quantity, unit_price, tax_rate, goods
FROM tickets_expense w WHERE ticket_id = ANY(%s::bigint[]) AND billed_elsewhere = '' AND {UNSETTLED}
ORDER BY incurred_on, id
"""
SETTLED = """
SELECT unit.ticket_id, count(*), count(*) FILTER (WHERE c.outcome = 'billed'),
    count(*) FILTER (WHERE c.outcome = 'elsewhere'), bool_or(c.kind = 'ticket_fee'),
    max(c.claimed_at) FILTER (WHERE c.outcome <> 'elsewhere')
FROM (
    SELECT t AS ticket_id, 'ticket_fee' AS kind, t AS id FROM unnest(%s::bigint[]) t
    UNION ALL SELECT ticket_id, 'time_entry', id FROM tickets_timeentry WHERE ticket_id = ANY(%s::bigint[])
    UNION ALL SELECT ticket_id, 'expense', id FROM tickets_expense WHERE ticket_id = ANY(%s::bigint[])
) unit CROSS JOIN LATERAL (
    -- OFFSET keeps it one probe of the index per unit here, too
    SELECT kind, outcome, claimed_at FROM invoicing_claim
    WHERE kind = unit.kind AND source_id = unit.id AND released_at IS NULL {but} OFFSET 0
) c GROUP BY 1
"""

# Leaves out of sight what was settled without a line, as if it had been given back.
WITHOUT_LINE = "AND (line_id IS NOT NULL OR outcome = 'elsewhere')"
# Leaves out of sight all that was settled here.
HERE = "AND outcome = 'elsewhere'"
LOCKS = {
    "none": "",
    "wait": "FOR NO KEY UPDATE",
    "skip": "FOR NO KEY UPDATE SKIP LOCKED",
}


def read_tickets(
    ids: Sequence[int],
    *,
    lock: str = "none",
    only_unbilled: bool = False,
    uncovered: bool = False,
    afresh: bool = False,
) -> list[TicketFacts]:
    """Read tickets and their unsettled work in four queries. `lock`: none, wait, or skip what others hold.

    `uncovered` reads them as they would be if all that was settled without a line had been given back, `afresh` as if
    nothing of their work had ever been settled here.
    """
    but = HERE if afresh else WITHOUT_LINE if uncovered else ""
    found: dict[int, TicketFacts] = {}
    with mass_reader() as cursor:
        only = "AND billing_status = 'unbilled' AND status IN ('closed', 'resolved')" if only_unbilled else ""
        cursor.execute(TICKETS.format(only=only, lock=LOCKS[lock]), [bigints(ids)])
        for row in cursor.fetchall():
            found[row[0]] = TicketFacts(*row)
        if not found:
            return []
        wanted = bigints(found)
        cursor.execute(ENTRIES.format(but=but), [wanted, "time_entry"])
        for ticket, *entry, billable, status in cursor.fetchall():
            found[ticket].time.append(LoggedTime(WorkedTime(*entry), billable, status))
        cursor.execute(EXPENSES.format(but=but), [wanted, "expense"])
        for ticket, *expense in cursor.fetchall():
            found[ticket].expenses.append(ExpenseItem(*expense))
        cursor.execute(SETTLED.format(but=but), [wanted, wanted, wanted])
        for ticket, *settled in cursor.fetchall():
            found[ticket].settled = Settled(*settled)
    return list(found.values())
