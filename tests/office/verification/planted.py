"""Every check with a violation that it must find: how it gets into the books, and what is said about it.

Document 1 is acme's (INV-2026-00001), document 2 beta's; t1 is paid in part by an allowance, t2 covered, t5 held.
"""

from __future__ import annotations

from typing import NamedTuple


class Planted(NamedTuple):
    """Statements, the check that must find them, the subject that it names and a part of what it says."""

    check: str
    subject: str
    detail: str
    statements: tuple[str, ...]
    without: tuple[str, ...] = ()


DOCUMENT = "document INV-2026-00001"
A_LINE = f"{DOCUMENT}, line "
ONE, TWO = "number = 'INV-2026-00001'", "number = 'INV-2026-00002'"
LINE_OF = "(SELECT l.id FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id WHERE {})"
EXPENSE_LINE = f"id IN {LINE_OF.format(f'i.{ONE} AND l.kind = $$expense$$')}"
T1_X1 = "kind = 'expense' AND source_id = (SELECT id FROM tickets_expense WHERE external_id = 't1-x1')"
T1_E2 = "kind = 'time_entry' AND source_id = (SELECT id FROM tickets_timeentry WHERE external_id = 't1-e2')"
COMPLETE = ("invoicing_invoice_issued_is_complete",)
ADDS_UP = ("invoicing_invoice_total_adds_up",)
COLUMNS = (
    "kind, source_id, part, outcome, line_id, allocation_id, reference, quantity, amount_cents, claimed_at, "
    "released_by, release_reason"
)
ISSUE = "WHERE action = 'invoice.issued' AND data ->> 'number' = 'INV-2026-00001'"
EMPTY = f"""
INSERT INTO invoicing_invoice (external_id, kind, number, status, client_id, currency, collects, created_at, issue_on,
    due_on, issued_at, issued_by, subtotal_cents, discount_cents, tax_cents, total_cents, paid_cents, line_count,
    seller, buyer)
SELECT 'empty', kind, 'INV-2026-00003', status, client_id, currency, '', created_at, issue_on, due_on, issued_at,
    issued_by, 0, 0, 0, 0, 0, 0, seller, buyer FROM invoicing_invoice WHERE {ONE}
"""


# A credit note over 1.00 of document 1, with the tax and the line that are given.
NOTE = f"""
INSERT INTO invoicing_invoice (external_id, kind, cancels_id, number, status, client_id, currency, collects, created_at,
    issue_on, due_on, issued_at, issued_by, subtotal_cents, discount_cents, tax_cents, total_cents, paid_cents,
    line_count, seller, buyer)
SELECT 'note', 'credit_note', id, 'CN-2026-00001', 'paid', client_id, currency, '', created_at, issue_on, due_on,
    issued_at, issued_by, -100, 0, -20, -120, 0, 1, seller, buyer FROM invoicing_invoice WHERE {ONE}
"""
NOTE_TAX = """
INSERT INTO invoicing_taxline (invoice_id, category, rate, taxable_cents, tax_cents, reason)
SELECT id, 'S', 19, -100, -20, '' FROM invoicing_invoice WHERE external_id = 'note'
"""
NOTE_LINE = """
INSERT INTO invoicing_invoiceline (invoice_id, position, kind, description, quantity, unit, unit_price, price_per,
    amount_cents, goods, tax_category, tax_rate, explanation)
SELECT id, 1, 'expense', 'Forged', -1, '', 1, 1, -100, false, 'S', 19, '{}' FROM invoicing_invoice
WHERE external_id = 'note'
"""


def moved(table: str, name: str, column: str, to: str, owner: str) -> str:
    return f"""UPDATE {table} SET {column} = (SELECT id FROM {to} WHERE external_id = '{owner}')
        WHERE external_id = '{name}'"""


def invoice(changes: str, which: str = ONE) -> str:
    return f"UPDATE invoicing_invoice SET {changes} WHERE {which}"


def line(changes: str, which: str = EXPENSE_LINE) -> str:
    return f"UPDATE invoicing_invoiceline SET {changes} WHERE {which}"


def explanation(path: str, value: str, which: str = EXPENSE_LINE) -> str:
    return line(f"explanation = jsonb_set(explanation, '{{{path}}}', '{value}')", which)


def claim(changes: str, which: str = T1_X1) -> str:
    return f"UPDATE invoicing_claim SET {changes} WHERE {which}"


def contract(changes: str, name: str) -> str:
    return f"UPDATE contracts_contract SET {changes} WHERE external_id = '{name}'"


CLAIMS = (
    Planted(
        "claimed_once", "expense t1-x1", "it has 2 live claims",
        (f"INSERT INTO invoicing_claim ({COLUMNS}) SELECT {COLUMNS} FROM invoicing_claim WHERE {T1_X1}",),
        ("invoicing_claim_once",),
    ),
    Planted(
        "claimed_unit_exists", "expense #", "it has a live claim and does not exist",
        ("DELETE FROM tickets_expense WHERE external_id = 't1-x1'",),
    ),
    Planted(
        "settled_charges_are_claimed", "charge k1", "all of it is claimed, and it is not marked as settled",
        ("UPDATE contracts_clientcharge SET settled = false",),
    ),
    Planted(
        "settled_charges_are_claimed", "recurring charge m1", "marked as settled, and not all of it is claimed",
        ("UPDATE contracts_recurringcharge SET settled = true",),
    ),
    Planted(
        "claimed_for_its_client", "time entry t1-e2",
        "it belongs to client beta and is on document INV-2026-00001 of client acme",
        (moved("tickets_ticket", "t1", "client_id", "contracts_client", "beta"),),
    ),
    Planted(
        "claimed_for_its_client", "charge k1", "it belongs to client beta",
        (moved("contracts_clientcharge", "k1", "client_id", "contracts_client", "beta"),),
    ),
    Planted(
        "claimed_for_its_client", "recurring m1", "it belongs to client beta",
        (moved("contracts_recurringcharge", "m1", "contract_id", "contracts_contract", "c2"),),
    ),
    Planted(
        "claimed_work_counts", "time entry t1-e2", "it is claimed, and it is rejected",
        ("UPDATE tickets_timeentry SET status = 'rejected' WHERE external_id = 't1-e2'",),
    ),
    Planted(
        "claimed_work_counts", "time entry t2-e1", "it is claimed, and it is not billable",
        ("UPDATE tickets_timeentry SET billable = false WHERE external_id = 't2-e1'",),
    ),
    Planted(
        "claimed_time_was_worked", "time entry t1-e1",
        "4200 s were worked; 1800 s are billed and 1800 s are paid by an allowance",
        ("UPDATE tickets_timeentry SET seconds_worked = 4200 WHERE external_id = 't1-e1'",),
    ),
    Planted(
        "given_up_lines_claim_nothing", "expense t4-x1", ", which is discarded",
        (invoice("status = 'discarded'", "status = 'draft'"),),
    ),
    Planted(
        "issued_lines_keep_their_claims", "expense t1-x1", "document INV-2026-00001 no longer claims it",
        (claim("released_at = now()"),),
    ),
)  # fmt: skip
DOCUMENTS = (
    Planted(
        "subtotal_is_the_sum_of_lines", DOCUMENT, "; it says",
        (invoice("subtotal_cents = subtotal_cents + 1, total_cents = total_cents + 1"),),
    ),
    Planted(
        "subtotal_is_the_sum_of_lines", DOCUMENT, "it says 9 lines",
        (invoice("line_count = 9"),),
    ),
    Planted(
        "total_adds_up", DOCUMENT, "it says tax of",
        (invoice("tax_cents = tax_cents + 1, total_cents = total_cents + 1"),),
    ),
    Planted("total_adds_up", DOCUMENT, "a total of 1", (invoice("total_cents = 1"),), ADDS_UP),
    Planted("issued_is_complete", DOCUMENT, "lacks: issuer", (invoice("issued_by = ''"),)),
    Planted(
        "issued_is_complete", DOCUMENT, "lacks: seller, recipient",
        (invoice("seller = '{}', buyer = '{}'"),),
    ),
    Planted(
        "issued_is_complete", DOCUMENT, "lacks: issue date, due date, moment of issue",
        (invoice("issue_on = NULL, due_on = NULL, issued_at = NULL"),), COMPLETE,
    ),
    Planted("issued_is_complete", "document open ", "lacks: number", (invoice("number = NULL"),), COMPLETE),
    Planted(
        "issued_is_complete", DOCUMENT, "lacks: discount, tax, total",
        (invoice("discount_cents = NULL, tax_cents = NULL, total_cents = NULL"),), COMPLETE,
    ),
    Planted(
        "issued_is_complete", DOCUMENT, "lacks: tax on every line",
        (line("tax_rate = NULL, tax_category = ''"),),
    ),
    Planted(
        "issued_is_complete", "document ", "lacks: lines",
        (EMPTY,),
    ),
    Planted(
        "drafts_have_no_number", "document INV-2026-00003", "it is draft and has a number or a date",
        (invoice("number = 'INV-2026-00003'", "status = 'draft'"),), COMPLETE,
    ),
    Planted(
        "issue_is_in_the_audit_trail", DOCUMENT, "its issue under this number 0 times",
        (
            f"DELETE FROM invoicing_auditseal WHERE entry_id IN (SELECT id FROM invoicing_auditentry {ISSUE})",
            f"DELETE FROM invoicing_auditentry {ISSUE}",
        ),
    ),
    Planted(
        "issue_is_in_the_audit_trail", "document INV-2026-00002", "its issue under this number 0 times",
        ("UPDATE invoicing_auditentry SET data = '{}' WHERE data ->> 'number' = 'INV-2026-00002'",),
    ),
    Planted(
        "void_has_its_cancellation", DOCUMENT, "no cancellation was issued",
        (invoice("status = 'void'"),),
    ),
    Planted(
        "currency_is_the_clients", DOCUMENT, "it is in EUR, its client acme pays in CHF",
        ("UPDATE contracts_client SET currency = 'CHF' WHERE external_id = 'acme'",),
    ),
    Planted(
        "tax_is_computed_once", DOCUMENT, "; it says S 19 % of",
        ("UPDATE invoicing_taxline SET tax_cents = tax_cents + 1",),
    ),
    Planted("tax_is_computed_once", DOCUMENT, "; it says none", ("DELETE FROM invoicing_taxline",)),
)  # fmt: skip
CORRECTIONS = (
    Planted(
        "paid_is_the_sum_of_payments", DOCUMENT, "its payments make 0; it says 5",
        (invoice("paid_cents = 5"),),
    ),
    Planted(
        "credited_is_the_sum_of_corrections", DOCUMENT, "what takes it back makes 120; it says 0",
        (NOTE,),
    ),
    Planted(
        "paid_means_nothing_is_left", DOCUMENT, "only 0 were paid and 0 credited",
        (invoice("status = 'paid'"),),
    ),
    Planted("corrections_sum_up", DOCUMENT, "at S 19 %: tax of 20 on 100", (NOTE, NOTE_TAX)),
    Planted("corrected_lines_are_the_first_ones", "document CN-2026-00001", "its line 1 takes back", (NOTE, NOTE_LINE)),
    Planted(
        "discount_is_what_was_used", DOCUMENT, "make 0; it says 100",
        (invoice("discount_cents = 100, total_cents = total_cents - 100"),),
    ),
)  # fmt: skip
NUMBERS = (
    Planted(
        "numbers_are_given_once", DOCUMENT, "number 1 of series INV-2026-{number} is also that of",
        (invoice("number = 'INV-2026-1'", TWO),),
    ),
    Planted(
        "numbers_have_no_gap", "document INV-2026-00005", "no document with the number 2 to 4 before it",
        (invoice("number = 'INV-2026-00005'", TWO), "UPDATE invoicing_numberseries SET last = 5"),
    ),
    Planted(
        "numbers_have_no_gap", "document INV-2026-00002", "no document with the number 1 before it",
        (invoice("number = 'CN-1'"),),
    ),
    Planted(
        "counters_are_not_behind", "series INV-2026-{number}", "stands at 1; number 2 was given",
        ("UPDATE invoicing_numberseries SET last = 1",),
    ),
    Planted(
        "numbers_come_from_a_series", "document INV-2026-X", "no series gave it its number",
        (invoice("number = 'INV-2026-X'", TWO),),
    ),
)  # fmt: skip
TICKETS = (
    Planted(
        "billed_tickets_have_claims", "ticket t5", "it is billed, and nothing of it is claimed",
        ("UPDATE tickets_ticket SET billing_status = 'billed' WHERE external_id = 't5'",),
    ),
    Planted(
        "settled_tickets_are_settled_whole", "ticket t2", "it is covered, and time entry t5-e1 is not settled",
        (moved("tickets_timeentry", "t5-e1", "ticket_id", "tickets_ticket", "t2"),),
    ),
    Planted(
        "settled_tickets_are_settled_whole", "ticket t1", "it is billed, and expense t5-x1 is not settled",
        (moved("tickets_expense", "t5-x1", "ticket_id", "tickets_ticket", "t1"),),
    ),
    Planted(
        "set_aside_tickets_have_reasons", "ticket t5", "it is held without a reason",
        ("UPDATE tickets_ticket SET billing_reason = '' WHERE external_id = 't5'",),
        ("tickets_ticket_unbilled_has_reason",),
    ),
)  # fmt: skip
OPENING = """
INSERT INTO contracts_allocation (contract_id, month, kind, source_id, tickets, seconds, created_at)
SELECT id, '2026-01-01', 'opening', 1, 1, 60, '2026-01-01T00:00Z' FROM contracts_contract WHERE external_id = '{}'
"""
ALLOWANCES = (
    Planted(
        "tickets_within_the_allowance", "contract c2",
        "in 2026-01 1 tickets are covered, and 0 by another system; 0 are",
        (contract("included_tickets = 0", "c2"),),
    ),
    Planted(
        "tickets_within_the_allowance", "contract c2",
        "in 2026-01 1 tickets are covered, and 1 by another system; 1 are",
        (OPENING.format("c2"),),
    ),
    Planted(
        "hours_within_the_allowance", "contract c1",
        "in 2026-01 1800 s are covered, and 60 by another system; 1800 are",
        (OPENING.format("c1"),),
    ),
    Planted(
        "rolled_over_hours_were_granted", "contract c1", "up to 2026-01 1800 s are covered; only 900 were granted",
        (contract("included_seconds = 900, rollover_months = 1", "c1"),),
    ),
    Planted(
        "rolled_over_hours_were_granted", "contract c1", "up to 2026-01 1800 s are covered; only 1500 were granted",
        (contract("included_seconds = 500, unlimited_rollover = true, start_on = '2025-11-15'", "c1"),),
    ),
    Planted(
        "allocations_have_their_claim", "contract c1",
        "time entry t1-e1 takes from its allowance of 2026-01 and is not",
        (claim("allocation_id = NULL", "line_id IS NOT NULL AND allocation_id IS NOT NULL"),),
    ),
    Planted(
        "claims_hold_their_allowance", "contract c2", "ticket t2 is claimed as paid by its allowance of 2026-01, which",
        ("UPDATE contracts_allocation SET released_at = now()",),
    ),
    Planted(
        "allocations_are_of_their_month_and_client", "ticket t1", "in 2026-02, and time entry t1-e1 is of 2026-01-15",
        ("UPDATE contracts_allocation SET month = '2026-02-01' WHERE kind = 'time_entry'",),
    ),
    Planted(
        "allocations_are_of_their_month_and_client", "ticket t2",
        "contract c1 pays for it in 2026-01, and it is of another",
        ("UPDATE contracts_allocation SET contract_id = (SELECT id FROM contracts_contract WHERE external_id = 'c1')",),
    ),
)  # fmt: skip
LINES = (
    Planted("lines_are_explained", A_LINE, "cannot be computed", (line("explanation = '{}'"),)),
    Planted("lines_are_explained", A_LINE, "cannot be computed", (line("explanation = '[]'"),)),
    Planted(
        "lines_are_explained", A_LINE, "2.0 is kept as an inexact number",
        (explanation("inputs,quantity", "2.0"),),
    ),
    Planted(
        "lines_are_explained", A_LINE, "'MMM' is not an ISO 4217 currency",
        (invoice("currency = 'MMM'"),),
    ),
    Planted(
        "lines_cost_what_they_explain", A_LINE, "makes 79900 EUR; it says 15980 EUR",
        (explanation("inputs,quantity", '"10"'),),
    ),
    Planted(
        "lines_cost_what_they_explain", A_LINE, "makes 15980 USD; it says 15980 EUR",
        (explanation("inputs,currency", '"USD"'),),
    ),
    Planted(
        "lines_multiply_right", A_LINE, "quantity times price make 16000; it says 15980",
        (line("unit_price = 80"),),
    ),
    Planted(
        "lines_bill_what_they_name", A_LINE, "it names expense t1-x1 and does not claim it",
        (f"DELETE FROM invoicing_claim WHERE {T1_X1}",),
    ),
    Planted(
        "lines_bill_what_they_name", A_LINE,
        "it names expense t1-x1 and does not claim it; it claims expense t5-x1 and does not name it",
        (claim("source_id = (SELECT id FROM tickets_expense WHERE external_id = 't5-x1')"),),
    ),
    Planted(
        "lines_bill_what_they_name", A_LINE, "it claims moonlight ? and does not name it",
        (claim("kind = 'moonlight'"),),
    ),
    Planted(
        "lines_bill_what_they_name", A_LINE, "it names 2 of expense t1-x1 and claims 3",
        (claim("quantity = 3"),),
    ),
    Planted(
        "lines_bill_what_they_name", A_LINE, "it names 7200 of time entry t1-e2 and claims nothing",
        (claim("quantity = NULL", T1_E2),),
    ),
    Planted(
        "units_sum_to_their_line", A_LINE, "what it bills costs 15981; it says 15980",
        (claim("amount_cents = amount_cents + 1"),),
    ),
)  # fmt: skip
PLANTED = (*CLAIMS, *DOCUMENTS, *CORRECTIONS, *NUMBERS, *TICKETS, *ALLOWANCES, *LINES)
