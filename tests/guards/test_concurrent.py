"""Two transactions at once: what one of them issues, the other cannot change any more (I-05)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connections, transaction

from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Claim, Invoice, InvoiceLine
from tests.factories import NOW, closed_ticket
from tests.guards.paper import execute
from tests.processes import becomes
from tickets import billing

pytestmark = pytest.mark.django_db(transaction=True)

A_LINE = """
INSERT INTO invoicing_invoiceline (invoice_id, position, kind, description, quantity, unit, unit_price, price_per,
    amount_cents, goods, tax_category, explanation)
SELECT id, 99, 'charge', 'late', 1, '', 1, 1, 100, false, '', '{}' FROM invoicing_invoice
"""
RELEASE = "UPDATE invoicing_claim SET released_at = now(), released_by = 'eve'"
A_CLAIM = """
INSERT INTO invoicing_claim (kind, source_id, part, outcome, line_id, reference, claimed_at, released_by,
    release_reason)
SELECT 'expense', 999999, '', 'billed', id, '', now(), '', '' FROM invoicing_invoiceline LIMIT 1
"""
WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
def draft() -> Invoice:
    billing.bill_ticket(closed_ticket("1.00").pk, at=NOW, by="ann", by_hand=True)
    return Invoice.objects.get()


def issue(draft: Invoice) -> None:
    issue_invoices([draft.pk], at=NOW, by="ann")


@contextmanager
def beside() -> Iterator[Callable[[Callable[[], object]], Future[object]]]:
    """Start work on another connection, in a thread."""

    def run(work: Callable[[], object]) -> object:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        yield lambda work: pool.submit(run, work)


@pytest.fixture
def somebody_waits(owner: psycopg.Connection[Any]) -> Callable[[], bool]:
    """Whether a statement waits for a lock."""
    return lambda: owner.execute(WAITING).fetchone() != (0,)


CHANGES = {
    "a new line": (A_LINE, "is issued: its lines cannot be changed"),
    "a changed line": (
        "UPDATE invoicing_invoiceline SET amount_cents = 1",
        "is issued: its lines cannot be changed",
    ),
    "a changed sum": ("UPDATE invoicing_invoice SET subtotal_cents = 1", "cannot be changed"),
    "a new claim": (A_CLAIM, "is issued"),
    "a released claim": (RELEASE, "is released only to its cancellation"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_I_05_what_began_while_the_draft_was_being_issued_is_refused(
    what: str, draft: Invoice, somebody_waits: Callable[[], bool]
):
    change, sentence = CHANGES[what]
    with beside() as start:
        with transaction.atomic():
            issue(draft)
            changing = start(lambda: execute(change))
            becomes(lambda: changing.done() or somebody_waits(), within=3)
        with pytest.raises(DatabaseError, match=sentence):
            changing.result(10)

    assert InvoiceLine.objects.filter(invoice=draft).count() == 1
    assert Claim.objects.filter(released_at=None).count() == 1


@pytest.mark.parametrize("what", CHANGES)
def test_I_05_a_snapshot_from_before_the_issue_does_not_help(what: str, draft: Invoice):
    """REPEATABLE READ goes on seeing the draft; the guards look at what the document is."""
    with beside() as start, pytest.raises(DatabaseError, match=r"could not serialize|is issued|is released only"):
        change_what_was_issued_meanwhile(CHANGES[what][0], lambda: start(lambda: issue(draft)).result(10))

    assert Claim.objects.filter(released_at=None).count() == 1


@transaction.atomic
def change_what_was_issued_meanwhile(change: str, issue_it: Callable[[], object]) -> None:
    execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    assert Invoice.objects.get().status == "draft"
    issue_it()
    execute(change)


def test_I_05_a_draft_whose_lines_changed_behind_its_sum_is_not_issued(
    draft: Invoice, somebody_waits: Callable[[], bool]
):
    with beside() as start:
        with transaction.atomic():
            execute(A_LINE)
            issuing = start(lambda: issue(draft))
            assert becomes(lambda: issuing.done() or somebody_waits(), within=3)
        with pytest.raises(DatabaseError, match="lines make 8100"):
            issuing.result(10)

    draft.refresh_from_db()
    assert (draft.status, draft.number) == ("draft", None)
    execute("DELETE FROM invoicing_invoiceline WHERE position = 99")
