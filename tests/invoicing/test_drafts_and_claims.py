"""Drafts collect lines, units are claimed once, documents move only as their states allow (P1, D-01)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from invoicing.claims import DoubleBilling, NewClaim, claim
from invoicing.lifecycle.drafts import Collector, add_to_drafts
from invoicing.lifecycle.payments import mark_uncollectible, record_payment
from invoicing.lifecycle.void import void_invoice
from invoicing.lifecycle.withdraw import discard_draft
from invoicing.models import AuditEntry, Claim, Invoice, InvoiceLine, KillSwitch, NumberSeries, TaxLine
from invoicing.switches import stop_automation
from invoicing.transitions import InvalidTransition, sources_of
from rating.charge import Source
from tests.factories import DAY, NOW, ClientFactory
from tests.invoicing.documents import Item, draft, issue, put

pytestmark = pytest.mark.django_db


def unit(number, **facts):
    return Source("call", number, **facts)


def test_lines_go_on_the_one_open_draft_of_their_collector_in_order():
    client = ClientFactory.create()
    month, ticket = Collector(client.pk, "2026-01", "EUR"), Collector(client.pk, "ticket:7", "EUR")

    placed = put((month, Item(100)), (ticket, Item(200)), (month, Item(300)))
    put((month, Item(400)))

    assert placed[0].draft is placed[2].draft is not placed[1].draft
    drafts = Invoice.objects.order_by("collects").values_list("collects", "line_count", "subtotal_cents")
    assert list(drafts) == [("2026-01", 3, 800), ("ticket:7", 1, 200)]
    lines = InvoiceLine.objects.filter(invoice__collects="2026-01").values_list("position", "amount_cents")
    assert list(lines) == [(1, 100), (2, 300), (3, 400)]


def test_no_lines_open_no_draft():
    assert add_to_drafts([], at=NOW) == []
    assert not Invoice.objects.exists()


def test_a_line_keeps_what_it_was_charged_with():
    invoice = draft(Item(1250, tax_rate=Decimal(7), goods=True))

    line = invoice.lines.get()

    assert (line.kind, line.description) == ("charge", "Rack at 1250")
    assert (line.quantity, line.unit_price) == (Decimal(1), Decimal("12.5"))
    assert (line.item_tax_rate, line.goods, line.tax_category, line.tax_rate) == (Decimal(7), True, "", None)
    assert line.explanation["steps"][-1]["amount_cents"] == 1250


def test_once_a_draft_is_issued_the_next_lines_open_another():
    client = ClientFactory.create()
    first = draft(100, client=client)
    issue(first)

    second = draft(200, client=client)

    assert second.pk != first.pk
    assert (first.subtotal_cents, second.subtotal_cents) == (100, 200)


def test_a_unit_is_claimed_once_and_a_second_claim_names_it():
    claim([NewClaim(unit(7), "free"), NewClaim(unit(8, part="2026-01"), "free")], at=NOW)
    claim([NewClaim(unit(8, part="2026-02"), "free")], at=NOW)

    with pytest.raises(DoubleBilling, match=r"already billed: .*\(call, 7, \)"), transaction.atomic():
        claim([NewClaim(unit(9), "free"), NewClaim(unit(7), "free")], at=NOW)

    assert Claim.objects.count() == 3


def test_a_released_unit_can_be_claimed_again():
    claim([NewClaim(unit(7), "free")], at=NOW)
    Claim.objects.update(released_at=NOW, released_by="petra", release_reason="wrong")

    claim([NewClaim(unit(7), "free")], at=NOW)

    assert Claim.objects.filter(released_at__isnull=True).count() == 1


@pytest.mark.parametrize("outcome", ["billed", "elsewhere", "gift"])
def test_a_claim_without_the_proof_of_its_outcome_is_refused(outcome):
    with pytest.raises(IntegrityError, match="invoicing_claim_outcome"), transaction.atomic():
        claim([NewClaim(unit(7), outcome)], at=NOW)

    assert not Claim.objects.exists()


MOVES = [
    ("draft", "discarded", True),
    ("draft", "paid", False),
    ("open", "paid", True),
    ("open", "uncollectible", True),
    ("open", "draft", False),
    ("open", "discarded", False),
    ("paid", "open", False),
    ("paid", "void", False),
    ("uncollectible", "paid", True),
    ("discarded", "draft", False),
]


def give_up(invoice):
    discard_draft(invoice.pk, reason="not wanted", by="petra", at=NOW)


def in_state(state):
    invoice = draft(1000)
    if state == "discarded":
        give_up(invoice)
    elif state != "draft":
        issue(invoice)
        if state != "open":
            move(invoice, state)
    return invoice


def move(invoice, state):
    """As people do it: money comes in, or another document takes it back."""
    how: dict[str, Any] = {"by": "petra", "at": NOW}
    if state == "discarded":
        give_up(invoice)
    elif state == "void":
        void_invoice(invoice.pk, reason="wrong address", **how)
    elif state == "paid":
        record_payment(invoice.pk, invoice.total_cents, received_on=DAY, reference="Statement 3", **how)
    elif state == "uncollectible":
        mark_uncollectible(invoice.pk, reason="insolvent", **how)
    else:
        issue(invoice)
    invoice.refresh_from_db()


@pytest.mark.parametrize(("before", "after", "allowed"), MOVES)
def test_D_01_a_document_moves_only_as_its_states_allow(before, after, allowed):
    invoice = in_state(before)

    if allowed:
        move(invoice, after)
    else:
        with pytest.raises(InvalidTransition, match=f"is {before} and cannot become {after}"):
            invoice.move_to(after)
        with pytest.raises(DatabaseError, match=r"cannot become|cannot be changed|violates"), transaction.atomic():
            Invoice.objects.update(status=after)

    invoice.refresh_from_db()
    assert invoice.status == (after if allowed else before)


def test_a_state_knows_where_it_can_come_from():
    assert sources_of(Invoice, "paid") == sources_of(Invoice, "void") == ["open", "uncollectible"]


def test_a_stale_copy_of_a_document_cannot_undo_its_issue():
    invoice = draft(1000)
    stale = Invoice.objects.get()
    issue(invoice)

    stale.save()

    invoice.refresh_from_db()
    assert (invoice.status, invoice.number) == ("open", "INV-2026-00001")


def test_rows_read_as_people_would_name_them():
    invoice = draft(1000)
    name = str(invoice)
    issue(invoice)
    stop_automation(reason="wrong rates", by="anna", at=NOW)
    claim([NewClaim(unit(7), "free")], at=NOW)

    rows = (
        invoice, invoice.lines.get(), TaxLine.objects.get(), NumberSeries.objects.get(), KillSwitch.objects.get(),
        AuditEntry.objects.get(action="automation.stopped"), Claim.objects.get(kind="call"), KillSwitch(on=False),
    )  # fmt: skip
    assert name == f"draft {invoice.external_id}"
    assert [str(row) for row in rows] == [
        "INV-2026-00001", "Rack at 1000", "S 19.000 %", "INV-2026-{number}: 1", "automation stopped",
        "automation.stopped by anna", "call 7 free", "automation running",
    ]  # fmt: skip


def test_two_open_drafts_of_one_collector_are_refused():
    invoice = draft(1000)

    with pytest.raises(IntegrityError, match="one_open_draft"), transaction.atomic():
        Invoice.objects.create(client=invoice.client, currency="EUR", created_at=NOW, collects=invoice.collects)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM invoicing_invoice")
        assert cursor.fetchone() == (1,)
