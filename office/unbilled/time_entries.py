"""Time entries, known from the day of the work."""

from __future__ import annotations

from office.unbilled.of_tickets import OF_TICKET, OF_TICKETS_CLIENT, TICKET, rows_of
from office.unbilled.units import Units
from rating.sources import TIME_ENTRY

# A decision of later is none yet; a timer that was stopped later was running.
OWN = """
    CASE WHEN w.billed_elsewhere <> '' THEN ARRAY['elsewhere', 'billed_elsewhere']
        WHEN w.seconds_worked IS NULL OR w.ended_at > %(at)s THEN ARRAY['not_counted', 'running']
        WHEN w.status = 'draft' THEN ARRAY['not_counted', 'draft']
        WHEN w.status = 'rejected' AND coalesce(w.decided_at, '-infinity') <= %(at)s
            THEN ARRAY['not_counted', 'rejected']
        WHEN NOT (w.billable OR t.forced) THEN ARRAY['not_counted', 'not_billable'] END
"""
UNITS = f"""
    SELECT w.id, w.external_id AS reference, w.worked_on AS dated, w.seconds_worked AS seconds,
        NULL::bigint AS price_cents, {OWN} AS own, NULL::text[] AS rest, {TICKET}
    FROM tickets_timeentry w {OF_TICKET.format(unit="w")}
    WHERE w.worked_on <= %(day)s AND {OF_TICKETS_CLIENT}
"""
COUNT = f"""
    SELECT '{TIME_ENTRY}', count(*) FROM tickets_timeentry w JOIN tickets_ticket t ON t.id = w.ticket_id
    WHERE w.worked_on <= %(day)s AND {OF_TICKETS_CLIENT}
"""

TIME_ENTRIES = Units(COUNT, rows_of(TIME_ENTRY, UNITS))
