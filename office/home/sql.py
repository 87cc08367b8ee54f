"""The queries behind the figures. Each reads a window of time or what is unsettled, never the history."""

from __future__ import annotations

from typing import Final

# Tickets that were approved by a person waited for that person, and one billed before it was finished for nothing.
FINISHED: Final = """
WITH lately AS (
    SELECT t.billing_status, t.billing_reason, coalesce(t.bill_after, t.finished_at) AS due_at,
        CASE WHEN t.finished_at >= %(short)s AND t.billing_status = 'billed' AND t.approved_by = ''
            AND t.first_billed_at >= t.finished_at
            THEN extract(epoch FROM t.first_billed_at - t.finished_at)::bigint END AS took
    FROM tickets_ticket t
    WHERE t.finished_at BETWEEN %(long)s AND %(at)s AND t.status IN ('closed', 'resolved')
)
SELECT count(*) FILTER (WHERE billing_status IN ('billed', 'covered')),
    count(*) FILTER (WHERE billing_status = 'held'),
    count(*) FILTER (WHERE billing_status = 'unbilled' AND due_at <= %(at)s),
    count(*) FILTER (WHERE billing_status = 'skipped' AND billing_reason = ANY(%(not_enrolled)s)),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY greatest(took - %(delay)s, 0)) FILTER (WHERE took IS NOT NULL),
    percentile_disc(0.95) WITHIN GROUP (ORDER BY greatest(took - %(delay)s, 0)) FILTER (WHERE took IS NOT NULL),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY took) FILTER (WHERE took IS NOT NULL),
    percentile_disc(0.95) WITHIN GROUP (ORDER BY took) FILTER (WHERE took IS NOT NULL)
FROM lately
"""

ATTEMPTS: Final = """
SELECT hour >= %(short)s, by_hand, outcome, reason, within_ms, sum(tickets)::bigint, sum(milliseconds)::bigint
FROM tickets_billingstat WHERE hour >= %(long)s AND hour <= %(at)s
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""

BILLED: Final = """
SELECT hour, sum(tickets)::bigint FROM tickets_billingstat
WHERE hour >= %(since)s AND hour <= %(at)s AND outcome IN ('charge', 'covered') GROUP BY 1
"""

# Tickets and partners' months count when they were billed; recurring and single charges, and documents that a person
# put together, when they were issued. Lines are looked up document by document: there are too many to be read.
REVENUE: Final = """
SELECT date_trunc('week', billed_on::timestamp)::date, by_hand, currency, sum(cents)::bigint FROM (
    SELECT (hour AT TIME ZONE %(zone)s)::date AS billed_on, by_hand, currency, amount_cents AS cents
    FROM tickets_billingstat
    WHERE hour >= (%(first_week)s::timestamp AT TIME ZONE %(zone)s) AND hour <= %(at)s AND outcome = 'charge'
  UNION ALL
    SELECT (r.closed_at AT TIME ZONE %(zone)s)::date, r.closed_by <> 'system', i.currency, i.subtotal_cents
    FROM gateway_billing_monthrun r JOIN invoicing_invoice i ON i.id = r.invoice_id
    WHERE r.closed_at >= (%(first_week)s::timestamp AT TIME ZONE %(zone)s) AND r.closed_at <= %(at)s
        AND r.reopened_at IS NULL
  UNION ALL
    SELECT i.issue_on, false, i.currency, (SELECT sum(l.amount_cents) FROM invoicing_invoiceline l
        WHERE l.invoice_id = i.id AND l.kind IN ('recurring', 'charge'))
    FROM invoicing_invoice i
    WHERE i.kind = 'invoice' AND i.issue_on BETWEEN %(first_week)s AND %(today)s AND i.collects <> ''
  UNION ALL
    SELECT i.issue_on, true, i.currency, i.subtotal_cents FROM invoicing_invoice i
    WHERE i.kind = 'invoice' AND i.issue_on BETWEEN %(first_week)s AND %(today)s AND i.collects = ''
) b WHERE cents IS NOT NULL GROUP BY 1, 2, 3
"""

# Each kind by itself, as the index has them. What corrections take back is stored below zero.
ISSUED: Final = """
SELECT currency, sum(subtotal_cents - discount_cents)::bigint FROM invoicing_invoice
WHERE kind IN ('invoice', 'aggregate', 'credit_note', 'cancellation') AND issue_on BETWEEN %(long_day)s AND %(today)s
GROUP BY 1
"""

# What waits and what is held. The rate is a guess at what planning would find: nobody plans thousands of tickets for a
# figure. Each unit is one probe among the claims, whatever the planner believes. Major units, not rounded.
UNBILLED: Final = """
WITH open AS (
    SELECT id, client_id, contract_id, hourly_rate_override, finished_at FROM tickets_ticket
    WHERE billing_status = 'unbilled' AND status IN ('closed', 'resolved')
  UNION ALL
    SELECT id, client_id, contract_id, hourly_rate_override, finished_at FROM tickets_ticket
    WHERE billing_status = 'held'
), priced AS (
    SELECT o.id, o.finished_at, k.currency,
        coalesce(c.hourly_rate, k.hourly_rate, %(rate)s::numeric) AS rate, o.hourly_rate_override
    FROM open o JOIN contracts_client k ON k.id = o.client_id
    LEFT JOIN LATERAL (
        SELECT min(c.id) AS id FROM contracts_contract c
        WHERE c.client_id = o.client_id AND c.status IN ('active', 'signed') HAVING count(*) = 1
    ) alone ON o.contract_id IS NULL
    LEFT JOIN contracts_contract c ON c.id = coalesce(o.contract_id, alone.id)
), worth AS (
    SELECT p.id, p.finished_at, p.currency, (
        SELECT coalesce(sum(e.seconds_worked * coalesce(p.hourly_rate_override, e.hourly_rate, p.rate, 0) / 3600), 0)
        FROM tickets_timeentry e
        WHERE e.ticket_id = p.id AND e.billable AND e.status IN ('submitted', 'approved') AND e.billed_elsewhere = ''
            AND (SELECT c.id FROM invoicing_claim c WHERE c.kind = 'time_entry' AND c.source_id = e.id
                AND c.part = '' AND c.released_at IS NULL) IS NULL
    ) + (
        SELECT coalesce(sum(x.quantity * x.unit_price), 0) FROM tickets_expense x
        WHERE x.ticket_id = p.id AND x.billed_elsewhere = ''
            AND (SELECT c.id FROM invoicing_claim c WHERE c.kind = 'expense' AND c.source_id = x.id
                AND c.part = '' AND c.released_at IS NULL) IS NULL
    ) AS value FROM priced p
)
SELECT CASE WHEN finished_at IS NULL OR finished_at > %(at)s - interval '7 days' THEN 'week'
        WHEN finished_at > %(at)s - interval '30 days' THEN 'month'
        WHEN finished_at > %(at)s - interval '90 days' THEN 'quarter' ELSE 'older' END,
    currency, count(*), sum(value)
FROM worth GROUP BY 1, 2 ORDER BY 1, 2
"""
