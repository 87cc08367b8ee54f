"""Whether a month that was billed had every feature in use, and was billed rightly."""

from __future__ import annotations

from benchmarks.features import BEFORE

# What must have come out of it, each as the source of rows of which there is at least one. `v` is what a line explains
# of an entry.
OF_TIME = """(SELECT l.*, jsonb_array_elements(explanation->'inputs'->'time_entries') AS v FROM invoicing_invoiceline l
    WHERE l.kind = 'time') l"""
TICKET = "tickets_ticket WHERE (billing_status, billing_reason) = ('{}', '{}')"
USED = {
    "prices by work type and time of day": f"{OF_TIME} WHERE v->>'rate_source' LIKE 'card%' AND NOT v ? 'multipliers'",
    "multipliers": f"{OF_TIME} WHERE v ? 'multipliers'",
    "two multipliers at once": f"{OF_TIME} WHERE jsonb_array_length(v->'multipliers') = 2",
    "holidays": f"""{OF_TIME} JOIN contracts_rate r ON v->>'rate_source' LIKE '%card ' || r.external_id || ' x %'
        WHERE r.time_of_day = 'holiday'""",
    "emergencies": f"""{OF_TIME} JOIN contracts_rate r ON v->>'rate_source' LIKE '%card ' || r.external_id || ' x %'
        WHERE r.time_of_day = 'emergency'""",
    "own rates": f"{OF_TIME} WHERE v->>'rate_source' = 'entry'",
    "rates of a contact": f"{OF_TIME} WHERE v->>'rate_source' LIKE 'assignment%'",
    "a person's rate": f"{OF_TIME} WHERE v->>'rate_source' = 'override'",
    "included tickets": TICKET.format("covered", "included_ticket"),
    "included hours": TICKET.format("covered", "included_hours"),
    "hours covered in part": f"{OF_TIME} WHERE (v->>'covered_seconds')::int > 0",
    "rollover": """contracts_allocation a JOIN contracts_contract k ON k.id = a.contract_id WHERE k.rollover_months > 0
        GROUP BY a.contract_id, a.month, k.included_seconds HAVING sum(a.seconds) > k.included_seconds""",
    "unlimited plans": TICKET.format("covered", "unlimited_plan"),
    "excess beyond fair use": """invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id
        JOIN contracts_contract k ON k.client_id = i.client_id WHERE k.unlimited_tickets AND l.kind = 'time'""",
    "fair use to decide": TICKET.format("held", "fair_use_review"),
    "flagged months": "contracts_fairusereview",
    "time and fee": "invoicing_auditentry WHERE data->>'strategy' = 'mixed'",
    "fee alone": "invoicing_auditentry WHERE data->>'strategy' = 'per_ticket'",
    **{
        f"rounding by {level}": f"""invoicing_invoiceline
            WHERE explanation->'inputs'->'rounding'->>'level' = '{level}'"""
        for level in ("entry", "day", "ticket")
    },
    "time to the second": "invoicing_invoiceline WHERE unit = 's'",
    "below the minimum": "invoicing_claim WHERE outcome = 'free'",
    "expenses": "invoicing_invoiceline WHERE kind = 'expense'",
    "late work": f"""tickets_ticket WHERE first_billed_at = '{BEFORE}' AND billing_decided_at <> '{BEFORE}'
        AND billing_status = 'billed'""",
    "absorbed work": TICKET.format("covered", "late_work_absorbed"),
    "timers with pauses": "tickets_timeentry e JOIN invoicing_claim c ON c.source_id = e.id WHERE e.paused_seconds > 0",
    "approval of entries": TICKET.format("held", "entries_pending_approval"),
    "approval of tickets": TICKET.format("held", "above_approval_threshold"),
    "shadow": "tickets_shadowbill WHERE amount_cents > 0",
    "a document for a ticket": "invoicing_invoice WHERE collects LIKE 'ticket:%'",
    "billed elsewhere": TICKET.format("skipped", "billed_elsewhere"),
    "claimed elsewhere": "invoicing_claim WHERE outcome = 'elsewhere'",
    "types that are not billed": TICKET.format("skipped", "non_billable_type"),
}


def check() -> None:
    """Every feature must have been used, and what was billed must be right by all that billing promises."""
    from django.db import connection

    from office.verification.run import Checked, verify

    with connection.cursor() as cursor:
        for feature, rows in USED.items():
            cursor.execute(f"SELECT 1 FROM {rows} LIMIT 1")
            if cursor.fetchone() is None:
                raise SystemExit(f"Not in use: {feature}")
    for violation in verify(Checked()):
        raise SystemExit(f"Billed wrongly: {violation.check}: {violation}")
