"""What is known of a set of tickets: their work, read in sets, as plain facts for planning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

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
FROM tickets_ticket t WHERE id = ANY(%s) {only} ORDER BY id {lock}
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
WHERE ticket_id = ANY(%s) AND seconds_worked IS NOT NULL AND billed_elsewhere = '' AND {UNSETTLED}
ORDER BY worked_on, started_at NULLS LAST, id
"""
EXPENSES = f"""
SELECT ticket_id, id, external_id, incurred_on, description, quantity, unit_price, tax_rate, goods
FROM tickets_expense w WHERE ticket_id = ANY(%s) AND billed_elsewhere = '' AND {UNSETTLED} ORDER BY incurred_on, id
"""
SETTLED = """
SELECT unit.ticket_id, count(*), count(*) FILTER (WHERE c.outcome = 'billed'),
    count(*) FILTER (WHERE c.outcome = 'elsewhere'), bool_or(c.kind = 'ticket_fee'),
    max(c.claimed_at) FILTER (WHERE c.outcome <> 'elsewhere')
FROM (
    SELECT t AS ticket_id, 'ticket_fee' AS kind, t AS id FROM unnest(%s::bigint[]) t
    UNION ALL SELECT ticket_id, 'time_entry', id FROM tickets_timeentry WHERE ticket_id = ANY(%s)
    UNION ALL SELECT ticket_id, 'expense', id FROM tickets_expense WHERE ticket_id = ANY(%s)
) unit CROSS JOIN LATERAL (
    -- OFFSET keeps it one probe of the index per unit here, too
    SELECT kind, outcome, claimed_at FROM invoicing_claim
    WHERE kind = unit.kind AND source_id = unit.id AND released_at IS NULL {but} OFFSET 0
) c GROUP BY 1
"""

# Leaves out of sight what was settled without a line, as if it had been given back.
WITHOUT_LINE = "AND (line_id IS NOT NULL OR outcome = 'elsewhere')"
LOCKS = {
    "none": "",
    "wait": "FOR NO KEY UPDATE",
    "skip": "FOR NO KEY UPDATE SKIP LOCKED",
}


def read_tickets(
    ids: Sequence[int], *, lock: str = "none", only_unbilled: bool = False, uncovered: bool = False
) -> list[TicketFacts]:
    """Read tickets and their unsettled work in four queries. `lock`: none, wait, or skip what others hold.

    `uncovered` reads them as they would be if all that was settled without a line had been given back.
    """
    wanted, but = list(ids), WITHOUT_LINE if uncovered else ""
    found: dict[int, TicketFacts] = {}
    with connection.cursor() as cursor:
        only = "AND billing_status = 'unbilled' AND status IN ('closed', 'resolved')" if only_unbilled else ""
        cursor.execute(TICKETS.format(only=only, lock=LOCKS[lock]), [wanted])
        for row in cursor.fetchall():
            found[row[0]] = TicketFacts(*row)
        if not found:
            return []
        wanted = list(found)
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


# Contract, first and last month: all of a contract whose hours roll over, single months of the others.
Span = tuple[int, date, date]

ALLOCATED = """
SELECT w.contract, a.month, a.tickets, a.seconds
FROM unnest(%s::bigint[], %s::date[], %s::date[]) w(contract, first, last)
CROSS JOIN LATERAL (
    SELECT month, sum(tickets) AS tickets, sum(seconds) AS seconds FROM contracts_allocation
    WHERE contract_id = w.contract AND month BETWEEN w.first AND w.last AND released_at IS NULL GROUP BY month
) a
"""
# What shadow plans of other tickets would have taken, had they been billed. A ticket that waits is planned anew.
SHADOWED = """
SELECT w.contract, a.month, a.tickets, a.seconds
FROM unnest(%s::bigint[], %s::date[], %s::date[]) w(contract, first, last)
CROSS JOIN LATERAL (
    SELECT s.month, sum(s.tickets) AS tickets, sum(s.seconds) AS seconds FROM tickets_shadowuse s
    JOIN tickets_shadowbill b ON b.id = s.bill_id JOIN tickets_ticket t ON t.id = b.ticket_id
    WHERE s.contract_id = w.contract AND s.month BETWEEN w.first AND w.last AND t.id <> ALL(%s)
        AND t.billing_status = 'skipped' GROUP BY s.month
) a
"""


def allocated(spans: Sequence[Span]) -> list[tuple[int, date, int, int]]:
    """Contract, month, tickets and seconds already taken from these contracts' allowances in these months."""
    return _taken(ALLOCATED, spans)


def shadowed(spans: Sequence[Span], *, but: Sequence[int]) -> list[tuple[int, date, int, int]]:
    """The same of what the shadow plans of tickets that are not billed would take, `but` these tickets."""
    return _taken(SHADOWED, spans, list(but))


def _taken(query: str, spans: Sequence[Span], *arguments: list[int]) -> list[tuple[int, date, int, int]]:
    if not spans:
        return []
    with connection.cursor() as cursor:
        cursor.execute(query, [*(list(column) for column in zip(*spans, strict=True)), *arguments])
        return [
            (contract, month, int(tickets), int(seconds)) for contract, month, tickets, seconds in cursor.fetchall()
        ]


def lock_contracts(ids: Sequence[int]) -> None:
    """Lock contracts whose balances are about to be used, in the order of their ids."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM contracts_contract WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(ids)])
