"""Against the application's own role, in plain SQL: what was issued stays as it is (I-05)."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from contracts.models import Allocation
from invoicing.lifecycle.withdraw import discard_draft
from invoicing.models import Invoice
from tests.factories import NOW, ContractFactory, closed_ticket
from tests.guards.paper import Paper, columns_of
from tests.guards.statements import STATEMENTS
from tickets import billing

pytestmark = pytest.mark.django_db

# What a document still does after it was issued.
MOVES_ON = {"status", "paid_cents"}

SENTENCE = (
    "cannot be changed|is issued|can only be released|is released only to|cannot be deleted|cannot become|starts as|"
    "starts alive|only counts up|currency is fixed|given back with the claim"
)
RIGHTS = "permission denied|must be owner"
KEYS = "violates|cannot insert"
REFUSED = f"{SENTENCE}|{RIGHTS}|{KEYS}"


def attempt(paper: Paper, statement: str, match: str = REFUSED) -> None:
    """The statement is refused with a sentence, and nothing has changed."""
    before = paper.state()
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        paper.run(f"{statement}; SET CONSTRAINTS ALL IMMEDIATE")
    assert paper.state() == before


@pytest.mark.parametrize("what", STATEMENTS)
def test_I_05_is_refused(what: str, paper: Paper):
    attempt(paper, STATEMENTS[what])


def _leave_open(paper: Paper, table: str, where: str, let: set[str]) -> list[str]:
    """The columns of the row that could be changed, though they must not."""
    open_columns = []
    for column, other in columns_of(table).items():
        if column in let:
            continue
        before = paper.state()
        try:
            with transaction.atomic():
                paper.run(f"UPDATE {table} SET {column} = {other} WHERE {where}".replace("{0}", column))
        except DatabaseError:
            assert paper.state() == before
        else:
            open_columns.append(column)
    return open_columns


def test_I_05_no_column_of_an_issued_document_can_be_changed(paper: Paper):
    assert _leave_open(paper, "invoicing_invoice", "id = {invoice}", MOVES_ON) == []


def test_I_05_no_column_of_its_lines_can_be_changed(paper: Paper):
    assert _leave_open(paper, "invoicing_invoiceline", "id = {line}", set()) == []


def test_I_05_no_column_of_its_tax_can_be_changed(paper: Paper):
    assert _leave_open(paper, "invoicing_taxline", "id = {tax}", set()) == []


def test_I_05_no_column_of_its_claims_can_be_changed(paper: Paper):
    assert _leave_open(paper, "invoicing_claim", "id = {claim}", set()) == []


def test_I_05_no_column_of_an_allowance_used_can_be_changed(paper: Paper):
    assert _leave_open(paper, "contracts_allocation", "id = {allocation}", set()) == []


def test_T_20_an_allowance_that_was_given_back_with_its_claim_stays_so(paper: Paper):
    contract = ContractFactory.create(included_seconds=1800)
    billing.bill_ticket(closed_ticket("1.00", client=contract.client).pk, at=NOW)
    draft = Invoice.objects.get(client=contract.client)
    discard_draft(draft.pk, reason="wrong client", by="ann", at=NOW)
    of_contract = f"WHERE contract_id = {contract.pk}"
    assert Allocation.objects.get(contract=contract).released_at == NOW

    attempt(paper, f"UPDATE contracts_allocation SET released_at = NULL {of_contract}", "given back already")
    attempt(paper, f"UPDATE contracts_allocation SET released_at = now() {of_contract}", "given back already")


def test_I_15_no_column_of_the_audit_can_be_changed(paper: Paper):
    assert _leave_open(paper, "invoicing_auditentry", "true", set()) == []


@pytest.mark.parametrize("status", ["draft", "open", "void", "uncollectible", "discarded"])
def test_I_12_a_paid_document_stays_paid(status: str, paper: Paper):
    paper.run("""
        INSERT INTO invoicing_payment (external_id, invoice_id, amount_cents, received_on, method, reference,
            recorded_at, recorded_by)
        SELECT 'p1', id, total_cents, issue_on, 'transfer', 'Statement 3', now(), 'ann' FROM invoicing_invoice
        WHERE id = {invoice}
    """)
    paper.run("UPDATE invoicing_invoice SET status = 'paid' WHERE id = {invoice}")

    attempt(paper, f"UPDATE invoicing_invoice SET status = '{status}' WHERE id = {{invoice}}", "cannot become")


def test_I_05_the_role_cannot_widen_its_own_rights(paper: Paper):
    paper.run("GRANT ALL ON invoicing_claim TO CURRENT_USER WITH GRANT OPTION")  # a warning, and nothing is granted

    attempt(paper, "DELETE FROM invoicing_claim WHERE id = {claim}", RIGHTS)


def test_I_05_copy_cannot_write_into_an_issued_document(paper: Paper):
    before = paper.state()
    columns = (
        "invoice_id, position, kind, description, quantity, unit, unit_price, price_per, amount_cents, goods, "
        "tax_category, explanation"
    )
    row = f"{paper.invoice}\t99\tcharge\tforged\t1\t\t1\t1\t0\tf\t\t{{}}\n"
    with pytest.raises(DatabaseError, match="is issued"), transaction.atomic():
        copy_in(f"COPY invoicing_invoiceline ({columns}) FROM STDIN", row.encode())
    assert paper.state() == before


def test_I_05_copy_cannot_bring_an_issued_document(paper: Paper):
    before = paper.state()
    with connection.cursor() as cursor, cursor.copy("COPY invoicing_invoice TO STDOUT") as rows:
        text = b"".join(bytes(part) for part in rows)
    forged = text.replace(b"INV-2026-00001", b"INV-2026-00002").replace(b"\t", b"9\t", 1)
    with pytest.raises(DatabaseError, match="starts as an empty draft"), transaction.atomic():
        copy_in("COPY invoicing_invoice FROM STDIN", forged)
    assert paper.state() == before


def copy_in(statement: str, rows: bytes) -> None:
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(rows)


# A guard that looked its tables up by name alone would find these first.
DOCUMENTS = "CREATE TEMP TABLE invoicing_invoice (id bigint, number text, external_id text, status text)"
SHADOWS = {
    "a new line": (DOCUMENTS, STATEMENTS["insert a line"].replace("INTO ", "INTO public.")),
    "a changed line": (DOCUMENTS, "UPDATE public.invoicing_invoiceline SET description = 'forged' WHERE id = {line}"),
    "a released claim": (
        "CREATE TEMP TABLE invoicing_invoice AS SELECT id, 'draft' status, number, cancels_id FROM invoicing_invoice",
        "UPDATE public.invoicing_claim SET released_at = now() WHERE id = {claim}",
    ),
    "a new claim": (
        "CREATE TEMP TABLE invoicing_invoiceline (id bigint, invoice_id bigint)",
        STATEMENTS["claim more on an issued line"].replace("INTO ", "INTO public."),
    ),
    "claimed work": (
        "CREATE TEMP TABLE invoicing_claim AS SELECT * FROM invoicing_claim LIMIT 0",
        "DELETE FROM public.tickets_timeentry",
    ),
}


@pytest.mark.parametrize("what", SHADOWS)
def test_I_05_a_temporary_table_does_not_stand_in_for_the_real_one_before(what: str, paper: Paper):
    shadow, statement = SHADOWS[what]

    attempt(paper, f"{shadow}; {statement}", SENTENCE + "|billed on")
