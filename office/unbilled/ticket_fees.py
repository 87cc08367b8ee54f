"""Fees of tickets: of finished ones for which a fee is agreed, and whatever fee was settled."""

from __future__ import annotations

from office.unbilled.of_tickets import FINISHED, OF_TICKETS_CLIENT, SCALE, TICKET, rows_of
from office.unbilled.settled import GIVEN_BACK, LIVE
from office.unbilled.units import Units
from rating.sources import TICKET_FEE

IN_FORCE = (
    "{x}.status IN ('active', 'signed') AND d.closed_on BETWEEN {x}.start_on AND coalesce({x}.end_on, 'infinity')"
)
CLOSED_ON = "(SELECT (t.finished_at AT TIME ZONE coalesce(nullif(k.timezone, ''), %(zone)s))::date AS closed_on) d"

# What `contracts.agreements.Agreements.binding` finds for the day on which the ticket closed: its own contract, the
# contact's assignment, the client's only contract. Where several are in force no price can be said, only that there is
# one. Clients that have agreed no fee at all are not looked at ticket by ticket.
AGREED = f"""
    SELECT CASE WHEN f.level = 1 AND count(*) > 1 THEN max(f.plain) ELSE max(f.fee) END AS fee,
        f.level > 1 AND count(DISTINCT f.contract) > 1 AS several
    FROM (
        SELECT g.*, min(g.level) OVER () AS binding FROM (
            SELECT CASE WHEN c.id = t.contract_id THEN 1 WHEN a.id IS NOT NULL THEN 2 ELSE 3 END AS level,
                c.id AS contract, c.per_ticket_rate AS plain, coalesce(a.per_ticket_rate, c.per_ticket_rate) AS fee
            FROM contracts_contract c LEFT JOIN contracts_assignment a
                ON a.contract_id = c.id AND a.contact_id = t.contact_id AND {IN_FORCE.format(x="a")}
            WHERE c.client_id = t.client_id AND {IN_FORCE.format(x="c")} AND t.client_id IN (
                SELECT client_id FROM contracts_contract WHERE per_ticket_rate > 0
                UNION SELECT o.client_id FROM contracts_assignment s JOIN contracts_contract o ON o.id = s.contract_id
                WHERE s.per_ticket_rate > 0)
        ) g
    ) f WHERE f.level = f.binding GROUP BY f.level
"""
TICKETS = f"""
    tickets_ticket t LEFT JOIN contracts_client k ON k.id = t.client_id
    CROSS JOIN LATERAL {CLOSED_ON} LEFT JOIN LATERAL ({AGREED}) f ON true
"""
IS_AGREED = f"{FINISHED.format(t='t')} AND (f.fee > 0 OR t.billed_elsewhere <> '')"

# A ticket that is settled without its fee owes none: its strategy bills none, or it was agreed later.
UNITS = f"""
    SELECT t.id, t.external_id AS reference, d.closed_on AS dated, NULL::bigint AS seconds,
        CASE WHEN NOT f.several THEN round(f.fee * {SCALE})::bigint END AS price_cents,
        CASE WHEN t.billed_elsewhere <> '' THEN ARRAY['elsewhere', 'billed_elsewhere'] END AS own,
        ARRAY['not_counted', 'fee_not_owed'] AS rest, {TICKET}
    FROM {TICKETS}
    WHERE {OF_TICKETS_CLIENT} AND (
        {IS_AGREED} OR (SELECT outcome FROM ({LIVE.format(kind=TICKET_FEE, unit="t.id")}) live) IS NOT NULL
        OR t.id IN (SELECT source_id FROM ({GIVEN_BACK.format(kinds=f"'{TICKET_FEE}'")}) b))
"""
COUNT = f"""
    SELECT '{TICKET_FEE}', count(*) FROM (
        SELECT t.id FROM {TICKETS} WHERE {OF_TICKETS_CLIENT} AND {IS_AGREED}
        UNION SELECT t.id FROM invoicing_claim c JOIN tickets_ticket t ON t.id = c.source_id
        WHERE c.kind = '{TICKET_FEE}' AND c.claimed_at <= %(at)s
            AND (c.released_at IS NULL OR (%(past)s AND c.released_at > %(at)s)) AND {OF_TICKETS_CLIENT}
    ) u
"""

TICKET_FEES = Units(COUNT, rows_of(TICKET_FEE, UNITS))
