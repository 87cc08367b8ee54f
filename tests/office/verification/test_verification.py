"""Books in order are found in order; whatever is wrong is found and named (P1, P2, P5, P6, P7)."""

from __future__ import annotations

import pytest

import config
from invoicing.lifecycle.issue import issue_invoices
from invoicing.lifecycle.withdraw import discard_draft, withdraw_lines
from invoicing.models import Claim, Invoice, InvoiceLine
from invoicing.numbering import open_series_at
from office.verification import lines, taxes
from office.verification.run import CHECKS, Checked, verify
from tests.factories import NOW, later
from tests.office.verification.conftest import Plant
from tests.office.verification.planted import OPENING, PLANTED, contract
from tests.office.verification.planted_gateway import PLANTED as GATEWAY
from tickets import billing
from tickets.models import Expense, Ticket, TimeEntry

pytestmark = pytest.mark.django_db
BY_OWNER = pytest.mark.django_db(databases=["default", "owner"])


def found():
    return [f"{violation.check}: {violation}" for violation in verify(Checked())]


def test_books_in_order_have_no_violation(books):
    checked = Checked()

    assert list(verify(checked)) == []
    assert checked == Checked(
        lines=InvoiceLine.objects.count(), documents=3, claims=Claim.objects.count(), tickets=Ticket.objects.count()
    )
    assert {line.kind for line in InvoiceLine.objects.all()} == {"time", "ticket_fee", "expense", "recurring", "charge"}


def test_empty_books_are_in_order(db):
    assert found() == []


@BY_OWNER
@pytest.mark.parametrize("case", PLANTED, ids=lambda case: f"{case.check}: {case.detail}")
def test_a_violation_is_found_and_named(case, plant: Plant, books):
    assert found() == []

    plant(*case.statements, without=case.without)

    told = [violation for violation in verify(Checked()) if violation.check == case.check]
    assert [one for one in told if one.subject.startswith(case.subject) and case.detail in one.detail], told


def test_every_check_is_shown_to_find_something():
    assert {case.check for case in (*PLANTED, *GATEWAY)} == set(CHECKS)


def test_no_two_checks_have_the_same_name():
    assert len(CHECKS) == len(set(CHECKS))


def test_a_gap_that_a_person_opened_is_none(books):
    pattern = config.billing().numbers.invoice
    open_series_at(pattern, NOW.date(), 50, reason="restored a backup", by="petra", at=NOW)

    issue_invoices([Invoice.objects.get(status="draft").pk], at=NOW, by="petra")

    assert Invoice.objects.filter(number="INV-2026-00050").exists()
    assert found() == []


@BY_OWNER
@pytest.mark.parametrize(("tax", "right"), [(1710, True), (1711, False)])
def test_M_04_tax_is_that_of_what_a_discount_leaves(tax, right, plant: Plant, books):
    """A discount of 1000 and more, so that 9000 is left at 19 %."""
    of_two = "invoice_id = (SELECT id FROM invoicing_invoice WHERE number = 'INV-2026-00002')"
    plant(
        f"UPDATE invoicing_invoiceline SET amount_cents = 10000 WHERE {of_two}",
        f"UPDATE invoicing_taxline SET taxable_cents = 9000, tax_cents = {tax} WHERE {of_two}",
        f"""UPDATE invoicing_invoice SET subtotal_cents = 10000 * line_count,
            discount_cents = 10000 * line_count - 9000, tax_cents = {tax}, total_cents = 9000 + {tax}
            WHERE number = 'INV-2026-00002'""",
    )

    assert (list(taxes.violations()) == []) is right


@BY_OWNER
def test_T_12_an_opening_balance_alone_is_no_fault_of_ours(plant: Plant, books):
    """It may say more than was included; only uses of our own can be too many."""
    plant(
        "UPDATE contracts_contract SET unlimited_tickets = false, included_tickets = 0 WHERE external_id = 'c1'",
        OPENING.format("c1"),
        contract("included_seconds = 1860", "c1"),
    )

    assert found() == []


def test_T_20_figures_are_right_after_work_was_given_back_and_billed_again(books):
    draft = Invoice.objects.get(status="draft")
    first, *_ = draft.lines.order_by("position")

    withdraw_lines(draft.pk, [first.pk], reason="wrong rate", by="ann", at=NOW)
    assert found() == []
    discard_draft(draft.pk, reason="wrong client", by="ann", at=NOW)
    assert found() == []
    billing.bill_ticket(Ticket.objects.get(external_id="t4").pk, at=later(hours=1), by="ann", by_hand=True)
    assert found() == []


def test_T_20_work_that_was_given_back_may_be_deleted(books):
    draft = Invoice.objects.get(status="draft")
    discard_draft(draft.pk, then="hold", reason="never done", by="ann", at=NOW)

    TimeEntry.objects.filter(ticket__external_id="t4").delete()
    Expense.objects.filter(ticket__external_id="t4").delete()

    assert found() == []


def test_pages_of_any_size_come_to_the_same(books, monkeypatch):
    whole = Checked()
    assert list(verify(whole)) == []
    monkeypatch.setattr(lines, "PAGE", lines.PAGE.replace(f"LIMIT {lines.LINES_A_PAGE}", "LIMIT 1"))
    monkeypatch.setattr(taxes, "PAGE", taxes.PAGE.replace(f"LIMIT {taxes.DOCUMENTS_A_PAGE}", "LIMIT 1"))
    heard: list[int] = []
    paged = Checked()

    assert list(verify(paged, progress=heard.append)) == []
    assert paged == whole
    assert heard == [1] * whole.lines


@BY_OWNER
def test_violations_are_read_as_they_are_told(plant: Plant, books, monkeypatch):
    monkeypatch.setattr("office.verification.violation.ROWS_A_TRIP", 1)
    plant("UPDATE contracts_client SET currency = 'CHF'")

    assert len([one for one in verify(Checked()) if one.check == "currency_is_the_clients"]) == 3
