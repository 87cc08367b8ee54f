"""What is taken already of the allowances of contracts, and the lock under which more is taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection

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
