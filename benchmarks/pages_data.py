"""Two years of a house, written by SQL: what is settled grows with the size, what waits is always the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks import data, gateway_stage
from benchmarks.stage import owner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model

DAYS = 730
TICKETS_A_CLIENT = 50
# Of what does not grow with the work there is a whole page in every house.
ROWS, PARTNERS = 100, 10
CLIENTS = "generate_series(0, {clients} - 1) n"
MONTHS = len(gateway_stage.OLDER)

# The newest have the smallest numbers and, written last, the largest keys. Of all sizes the first forty are held, the
# next twenty wait.
FINISHED = f"now() - n * interval '{DAYS} days' / {{tickets}}"
BILLED = "n > 60 AND n % 20 > 0"
TICKET = {
    "external_id": "'ticket-' || n", "number": "'T' || n", "client_id": "c.id",
    "subject": "'Mail does not arrive any more at workplace ' || n", "status": "'closed'",
    "created_at": f"{FINISHED} - interval '5 hours'", "closed_at": FINISHED,
    "bill_after": f"{FINISHED} + interval '5 minutes'",
    "billing_status": f"""CASE WHEN n <= 40 THEN 'held' WHEN n <= 60 THEN 'unbilled' WHEN {BILLED} THEN 'billed'
        ELSE 'skipped' END""",
    "billing_reason": f"""CASE WHEN n <= 40 THEN (ARRAY['no_rate', 'several_contracts', 'held_by_person',
        'entries_pending_approval'])[1 + n % 4] WHEN n <= 60 OR {BILLED} THEN '' ELSE 'nothing_to_bill' END""",
    "billing_decided_at": f"CASE WHEN n NOT BETWEEN 41 AND 60 THEN {FINISHED} + interval '6 minutes' END",
    "first_billed_at": f"CASE WHEN {BILLED} THEN {FINISHED} + interval '6 minutes' END",
}  # fmt: skip
OF_CLIENT = """generate_series(1, {tickets}) n JOIN contracts_client c ON c.external_id = 'client-' || n % {clients}
    ORDER BY n DESC"""
ENTRY = {
    "external_id": "'entry-' || t.number", "ticket_id": "t.id", "technician": "'kim'",
    "worked_on": "t.closed_at::date", "seconds_worked": "1800", "description": "'Looked at the mail server'",
    "status": "CASE WHEN t.billing_status = 'held' THEN 'submitted' ELSE 'approved' END",
}  # fmt: skip
# Twenty drafts and forty open documents; all others are paid.
ISSUED = "CASE WHEN n > 20 THEN {} END"
INVOICE = {
    "external_id": "'invoice-' || n", "client_id": "c.id", "currency": "'EUR'",
    "number": ISSUED.format("'INV-' || n"), "created_at": "d.day::timestamptz",
    "status": "CASE WHEN n <= 20 THEN 'draft' WHEN n <= 60 THEN 'open' ELSE 'paid' END",
    "collects": "to_char(d.day, 'YYYY-MM-') || n", "issue_on": ISSUED.format("d.day"),
    "due_on": ISSUED.format("d.day + 14"), "issued_at": ISSUED.format("d.day::timestamptz"),
    "issued_by": ISSUED.format("'system'") + "::text", "subtotal_cents": "40000",
    "discount_cents": ISSUED.format("0"), "tax_cents": ISSUED.format("7600"), "total_cents": ISSUED.format("47600"),
    "paid_cents": "CASE WHEN n > 60 THEN 47600 ELSE 0 END", "line_count": "5",
    "rendered_at": ISSUED.format("d.day::timestamptz"), "seller": ISSUED.format("'{{}}'::jsonb"),
    "buyer": ISSUED.format("'{{}}'::jsonb"),
}  # fmt: skip
INVOICE["issued_by"] = "CASE WHEN n > 20 THEN 'system' ELSE '' END"
INVOICES = """generate_series(1, {invoices}) n JOIN contracts_client c ON c.external_id = 'client-' || n % {clients}
    CROSS JOIN LATERAL (SELECT current_date - n * 730 / {invoices} AS day) d ORDER BY n DESC"""
LINE = {
    "invoice_id": "i.id", "position": "1 + (n - 1) / {invoices}", "kind": "'time'", "description": "'Ticket T' || n",
    "quantity": "0.5", "unit": "'h'", "unit_price": "80", "amount_cents": "4000",
    "explanation": "'{{\"rule\": \"time\", \"version\": 1}}'::jsonb",
}  # fmt: skip
LINES = """generate_series(1, {tickets}) n
    JOIN invoicing_invoice i ON i.external_id = 'invoice-' || 1 + (n - 1) % {invoices}"""
CLAIM = {
    "kind": "'time_entry'", "source_id": "e.id", "outcome": "'billed'", "line_id": "l.id", "quantity": "0.5",
    "amount_cents": "4000", "claimed_at": "t.closed_at",
}  # fmt: skip
CLAIMS = """tickets_ticket t JOIN tickets_timeentry e ON e.ticket_id = t.id
    JOIN invoicing_invoiceline l ON l.description = 'Ticket ' || t.number
    WHERE t.billing_status = 'billed' ORDER BY t.id"""
AUDIT = {
    "at": "t.closed_at", "by": "'system'", "action": "'ticket.billed'", "subject_kind": "'ticket'",
    "subject_id": "t.id", "data": "'{{\"amount_cents\": 4000}}'::jsonb",
}  # fmt: skip
AUDITS = "tickets_ticket t WHERE t.billing_status = 'billed' ORDER BY t.id"
PAYMENT = {
    "external_id": "'payment-' || i.id", "invoice_id": "i.id", "amount_cents": "47600", "received_on": "i.due_on",
    "reference": "i.number", "recorded_at": "i.due_on::timestamptz", "recorded_by": "'ann'",
}  # fmt: skip
PAYMENTS = "invoicing_invoice i WHERE i.status = 'paid' ORDER BY i.id"
MAIL = {
    "key": "'document:' || i.id", "purpose": "'document'", "invoice_id": "i.id", "client_id": "i.client_id",
    "subject": "'Invoice ' || i.number", "body": "repeat('Please find our invoice enclosed. ', 12)",
    "status": "'sent'", "queued_at": "i.issued_at", "next_at": "i.issued_at", "sent_at": "i.issued_at",
    "queued_by": "'system'",
}  # fmt: skip
MAILS = "invoicing_invoice i WHERE i.issue_on IS NOT NULL ORDER BY i.id"
EVENT = {
    "event_id": "'evt_' || i.id", "event_type": "'invoice.paid'", "object_id": "'in_' || i.id",
    "payload": "decode(repeat('7b7d', 700), 'hex')", "received_at": "i.issued_at", "next_at": "i.issued_at",
    "status": "'processed'", "processed_at": "i.issued_at", "invoice_id": "i.id",
}  # fmt: skip
# So many rows an hour, of the hours in which anything was billed.
STAT = {
    "hour": "h.hour", "slot": "s", "by_hand": "s = 0", "outcome": "'charge'", "currency": "'EUR'", "within_ms": "250",
    "tickets": "3", "milliseconds": "600", "amount_cents": "12000",
}  # fmt: skip
STATS = """(SELECT DISTINCT date_trunc('hour', closed_at) AS hour FROM tickets_ticket WHERE billing_status = 'billed') h
    CROSS JOIN generate_series(0, 2) s"""


@dataclass(frozen=True)
class Size:
    """How much there is."""

    tickets: int
    invoices: int
    cases: int

    def __str__(self) -> str:
        return f"{self.tickets} tickets, {self.invoices} documents and {self.cases} cases"


def build(size: Size) -> None:
    """Fill the database in use. Triggers are off meanwhile: what they guard is not what is measured."""
    from contracts.models import Client, Contract
    from invoicing.models import AuditEntry, Claim, Invoice, InvoiceLine, Mail, Payment, StripeEvent
    from tickets.models import BillingStat, Ticket, TimeEntry

    clients = max(ROWS, size.tickets // TICKETS_A_CLIENT)
    numbers = {"tickets": size.tickets, "invoices": size.invoices, "clients": clients}
    steps: list[tuple[type[Model], Mapping[str, str], str]] = [
        (Client, data.CLIENT, CLIENTS),
        (Contract, data.CONTRACT, data.CONTRACTS),
        (Ticket, TICKET, OF_CLIENT),
        (TimeEntry, ENTRY, "tickets_ticket t ORDER BY t.id"),
        (Invoice, INVOICE, INVOICES),
        (InvoiceLine, LINE, LINES),
        (Claim, CLAIM, CLAIMS),
        (AuditEntry, AUDIT, AUDITS),
        (Payment, PAYMENT, PAYMENTS),
        (Mail, MAIL, MAILS),
        (StripeEvent, EVENT, MAILS),
        (BillingStat, STAT, STATS),
    ]
    with owner() as connection:
        for model, values, source in steps:
            _insert(connection, model, values, source, numbers)
        connection.execute("ANALYZE")
    _gateway(size)


def _gateway(size: Size) -> None:
    """What companies have agreed, their cases of two years, and a tenth as many calls."""
    from gateway_billing.models import Call, ServiceCase

    with owner() as connection:
        _switch(connection, "DISABLE")
    gateway_stage.build(gateway_stage.Size(PARTNERS, ROWS // PARTNERS, 0))
    each = max(1, size.cases // MONTHS // ROWS)
    numbers: dict[str, Any] = {"companies": ROWS, "calls": max(1, each // 10), "cases": each}
    with owner() as connection:
        for month in reversed(gateway_stage.OLDER):
            for model, values, source in (
                (Call, gateway_stage.CALL, gateway_stage.CALLS),
                (ServiceCase, gateway_stage.CASE, gateway_stage.CASES),
            ):
                told = {column: text.format(month=month) for column, text in values.items()}
                data.insert(connection, model, told, source.format(month=month, **numbers))
        _switch(connection, "ENABLE")
        connection.execute("VACUUM (ANALYZE)")


def _insert(
    connection: Any, model: type[Model], values: Mapping[str, str], source: str, numbers: dict[str, int]
) -> None:
    table = model._meta.db_table
    connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    told = {column: text.format(**numbers) for column, text in values.items()}
    data.insert(connection, model, told, source.format(**numbers))
    connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _switch(connection: Any, state: str) -> None:
    for table in ("gateway_billing_call", "gateway_billing_servicecase"):
        connection.execute(f"ALTER TABLE {table} {state} TRIGGER USER")
