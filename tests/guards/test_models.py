"""Through Django's models: what was issued stays as it is, however a program asks (I-05)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError, RestrictedError

from contracts.models import Allocation, Client, Contract
from invoicing.models import AuditEntry, Claim, Invoice, InvoiceLine, NumberSeries, TaxLine
from invoicing.transitions import InvalidTransition
from tests.factories import NOW
from tests.guards.paper import Paper
from tickets.models import Ticket, TimeEntry

pytestmark = pytest.mark.django_db


def bulk_update(model, **values):
    def update(_: Paper) -> None:
        rows = list(model.objects.all())
        for row in rows:
            for name, value in values.items():
                setattr(row, name, value)
        model.objects.bulk_update(rows, list(values))

    return update


def save_changed(model, **values):
    def save(paper: Paper) -> None:
        row = model.objects.order_by("pk")[0]
        for name, value in values.items():
            setattr(row, name, value)
        row.save()

    return save


def insert_again(paper: Paper) -> None:
    document = Invoice.objects.get(pk=paper.invoice)
    document.pk, document.external_id, document.number = None, "forged", "INV-2026-00009"
    document._state.adding = True
    document.save(force_insert=True)


def upsert(paper: Paper) -> None:
    line = InvoiceLine.objects.get(pk=paper.line)
    line.amount_cents = 1
    InvoiceLine.objects.bulk_create([line], update_conflicts=True, update_fields=["amount_cents"], unique_fields=["id"])


ATTEMPTS: dict[str, Callable[[Paper], object]] = {
    "queryset.update of amounts": lambda p: Invoice.objects.update(total_cents=0),
    "queryset.update of the client": lambda p: Invoice.objects.filter(pk=p.invoice).update(client=p.other_client),
    "queryset.update of the status": lambda p: Invoice.objects.filter(pk=p.invoice).update(status="draft"),
    "queryset.update of lines": lambda p: InvoiceLine.objects.filter(pk=p.line).update(description="forged"),
    "queryset.update of tax": lambda p: TaxLine.objects.update(tax_cents=0),
    "queryset.update of claims": lambda p: Claim.objects.update(line=p.draft_line),
    "queryset.update of an allowance": lambda p: Allocation.objects.filter(pk=p.allocation).update(released_at=NOW),
    "queryset.update of the audit": lambda p: AuditEntry.objects.update(by="nobody"),
    "queryset.update of numbers": lambda p: NumberSeries.objects.update(last=0),
    "bulk_update": bulk_update(Invoice, number="FORGED"),
    "bulk_update of lines": bulk_update(InvoiceLine, amount_cents=0),
    "bulk_update of tax": bulk_update(TaxLine, rate=0),
    "bulk_create of a line": lambda p: InvoiceLine.objects.bulk_create([InvoiceLine(
        invoice_id=p.invoice, position=9, kind="charge", description="", quantity=1, unit_price=0, amount_cents=0,
        explanation={},
    )]),
    "an upsert": upsert,
    "save with another period": save_changed(Invoice, period_end=date(2030, 1, 1)),
    "save with another client": save_changed(Invoice, client_id=1_000_000),
    "save of a line": save_changed(InvoiceLine, amount_cents=0),
    "save of a tax line": save_changed(TaxLine, tax_cents=0),
    "save of a claim": save_changed(Claim, source_id=0),
    "save of an audit entry": save_changed(AuditEntry, reason="forged"),
    "insert of an issued document": insert_again,
    "delete": lambda p: Invoice.objects.get(pk=p.invoice).delete(),
    "delete in bulk": lambda p: Invoice.objects.all().delete(),
    "delete without looking at what hangs on it": lambda p: Invoice.objects.all()._raw_delete("default"),
    "delete of a line": lambda p: InvoiceLine.objects.get(pk=p.line).delete(),
    "delete of lines without looking": lambda p: InvoiceLine.objects.all()._raw_delete("default"),
    "delete of tax": lambda p: TaxLine.objects.all().delete(),
    "delete of claims": lambda p: Claim.objects.all().delete(),
    "delete of the audit": lambda p: AuditEntry.objects.all().delete(),
    "delete of the client": lambda p: Client.objects.get(pk=p.client).delete(),
    "delete of the contract": lambda p: Contract.objects.all().delete(),
    "delete of the tickets": lambda p: Ticket.objects.all().delete(),
    "delete of the work": lambda p: TimeEntry.objects.all().delete(),
    "discard": lambda p: Invoice.objects.get(pk=p.invoice).discard(),
}  # fmt: skip


@pytest.mark.parametrize("what", ATTEMPTS)
def test_I_05_is_refused(what: str, paper: Paper):
    before = paper.state()

    with (
        pytest.raises((DatabaseError, ProtectedError, RestrictedError, InvalidTransition)) as refusal,
        transaction.atomic(),
    ):
        ATTEMPTS[what](paper)

    assert str(refusal.value)
    assert paper.state() == before


@pytest.mark.parametrize("column", sorted(Invoice.OWNED | {"status"}))
def test_a_save_does_not_write_what_only_moves_may(column: str, paper: Paper):
    """A form that was opened before the issue, and saved after it, changes none of this."""
    before = paper.state()
    stale = Invoice.objects.get(pk=paper.invoice)
    setattr(stale, column, getattr(Invoice.objects.get(pk=paper.draft), column))

    stale.save()

    assert paper.state() == before
