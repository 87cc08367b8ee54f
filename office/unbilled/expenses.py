"""Expenses, known from the day on which they were incurred."""

from __future__ import annotations

from office.unbilled.of_tickets import OF_TICKET, OF_TICKETS_CLIENT, SCALE, TICKET, rows_of
from office.unbilled.units import Units
from rating.sources import EXPENSE

UNITS = f"""
    SELECT x.id, x.external_id AS reference, x.incurred_on AS dated, NULL::bigint AS seconds,
        round(x.quantity * x.unit_price * {SCALE})::bigint AS price_cents,
        CASE WHEN x.billed_elsewhere <> '' THEN ARRAY['elsewhere', 'billed_elsewhere'] END AS own,
        NULL::text[] AS rest, {TICKET}
    FROM tickets_expense x {OF_TICKET.format(unit="x")}
    WHERE x.incurred_on <= %(day)s AND {OF_TICKETS_CLIENT}
"""
COUNT = f"""
    SELECT '{EXPENSE}', count(*) FROM tickets_expense x JOIN tickets_ticket t ON t.id = x.ticket_id
    WHERE x.incurred_on <= %(day)s AND {OF_TICKETS_CLIENT}
"""

EXPENSES = Units(COUNT, rows_of(EXPENSE, UNITS))
