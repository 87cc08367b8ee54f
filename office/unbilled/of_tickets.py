"""Units of tickets: what settled them, else what the unit itself says, else what was decided about the ticket."""

from __future__ import annotations

from typing import Final

from office.unbilled.settled import BY_CLAIM, GIVEN_BACK, LIVE, OF_CLIENT, PROOF

# Columns of a ticket `t` and its client `k` that decide about its units.
TICKET: Final = """
    t.external_id AS ticket, coalesce(k.external_id, '') AS client, coalesce(k.currency, '') AS currency, t.status,
    t.finished_at, t.billing_status, t.billing_reason, coalesce(t.billing_decided_at, '-infinity') AS decided_at
"""
OF_TICKET: Final = "JOIN tickets_ticket t ON t.id = {unit}.ticket_id LEFT JOIN contracts_client k ON k.id = t.client_id"
FINISHED: Final = "({t}.status IN ('closed', 'resolved') AND {t}.finished_at <= %(at)s)"
OF_TICKETS_CLIENT: Final = OF_CLIENT.format(column="t.client_id")
# Minor units in a major one of the client's currency.
SCALE: Final = "(%(scales)s::jsonb ->> k.currency)::numeric"

# What was decided after the moment was not decided then. A ticket that is settled leaves no unit without a claim:
# one that has none is lost, unless the kind of unit says otherwise.
BY_TICKET: Final = f"""
    WHEN u.billing_status IN ('waived', 'held') AND u.decided_at <= %(at)s
        THEN ARRAY[u.billing_status, u.billing_reason]
    WHEN NOT {FINISHED.format(t="u")}
        THEN ARRAY['open', CASE u.status WHEN 'cancelled' THEN 'ticket_cancelled' ELSE 'not_closed' END]
    WHEN u.billing_status = 'skipped' AND u.decided_at <= %(at)s THEN ARRAY['skipped', u.billing_reason]
    WHEN u.billing_status NOT IN ('billed', 'covered') OR u.decided_at > %(at)s THEN ARRAY['pending', 'not_decided']
"""
SINCE: Final = """
    CASE WHEN v.verdict[1] IN ('waived', 'held', 'skipped') AND isfinite(u.decided_at)
            THEN (u.decided_at AT TIME ZONE %(zone)s)::date
        WHEN v.verdict[1] = 'pending' THEN (u.finished_at AT TIME ZONE %(zone)s)::date
        ELSE u.dated END
"""
# FULL, so that it is hashed or merged whatever the statistics say of claims that were given back; the last condition
# leaves those out that are no unit of the report.
ROWS: Final = f"""
SELECT u.id AS key, '{{kind}}' AS type, u.reference, '' AS part, u.ticket, u.client, u.currency,
    v.verdict[1] AS bucket, coalesce(v.verdict[2], 'lost') AS reason, {SINCE} AS since, u.seconds,
    coalesce(c.amount_cents, u.price_cents) AS amount_cents,
    CASE WHEN l.kind = 'time' THEN l.id END AS line, CASE WHEN l.kind = 'time' THEN l.amount_cents END AS line_cents
FROM ({{units}}) u
FULL JOIN ({GIVEN_BACK.format(kinds="'{kind}'")}) b ON b.source_id = u.id AND b.part = ''
LEFT JOIN LATERAL ({LIVE.format(kind="{kind}", unit="u.id")}) live ON true
CROSS JOIN LATERAL (
    SELECT coalesce(live.outcome, b.outcome) AS outcome,
        CASE WHEN live.outcome IS NULL THEN b.line_id ELSE live.line_id END AS line_id,
        CASE WHEN live.outcome IS NULL THEN b.allocation_id ELSE live.allocation_id END AS allocation_id,
        CASE WHEN live.outcome IS NULL THEN b.amount_cents ELSE live.amount_cents END AS amount_cents
) c
{PROOF}
CROSS JOIN LATERAL (SELECT CASE {BY_CLAIM} WHEN u.own IS NOT NULL THEN u.own {BY_TICKET} ELSE u.rest END AS verdict) v
WHERE coalesce(u.id, 0) <> 0
"""


def rows_of(kind: str, units: str) -> str:
    """The rows of a kind whose `units` have the columns of TICKET and id, reference, dated, seconds, price_cents.

    `own` (bucket and reason) is what the unit says of itself where nothing settled it; `rest` what it is where its
    ticket is settled and the unit is not, NULL where such a unit is lost.
    """
    return ROWS.format(kind=kind, units=units)
