"""Drafts, sums and states as the real SDK sees them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import stripe

from tests.stripe_simulator import StripeSimulator


def refused(call: Callable[..., Any], *arguments: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call(*arguments)
    return caught.value


def test_an_invoice_goes_from_draft_to_sent_with_the_sums_that_were_given(
    sim: StripeSimulator, client: Any, draft: Any
) -> None:
    invoice = draft(metadata={"document": "7"})
    assert (invoice.status, invoice.subtotal, invoice.total, invoice.auto_advance) == ("draft", 9000, 10710, False)
    assert [(tax.amount, tax.taxable_amount) for tax in invoice.total_taxes] == [(1710, 9000)]
    final = client.invoices.finalize_invoice(invoice.id, {"auto_advance": False})
    assert (final.status, final.number, final.amount_remaining) == ("open", "R-1", 10710)
    assert final.due_date - final.created == 14 * 86400
    assert final.parent is None
    shown = final.to_dict()
    assert not {"paid", "charge", "payment_intent", "subscription", "tax", "payments"} & shown.keys()
    assert client.invoices.send_invoice(invoice.id).status == "open"
    found = client.invoices.retrieve(invoice.id, {"expand": ["payments", "customer"]})
    assert (found.payments.data[0].status, found.customer.name) == ("open", "Alpenglas GmbH")
    happened = [event["type"] for event in sim.events()]
    assert happened[-3:] == ["payment_intent.created", "invoice.finalized", "invoice.sent"]
    assert sim.refusals == []


def test_tax_of_rates_is_rounded_on_each_line_and_negative_lines_give_tax_back(client: Any) -> None:
    customer = client.customers.create({})
    rate = client.tax_rates.create({"display_name": "USt", "percentage": Decimal(19), "inclusive": False})
    invoice = client.invoices.create({"customer": customer.id, "default_tax_rates": [rate.id]})
    for _ in range(3):  # 0.19 * 105 = 19.95; three lines round to 60, their sum would round to 59.85
        client.invoice_items.create({"customer": customer.id, "invoice": invoice.id, "amount": 105})
    unit = {"unit_amount_decimal": Decimal("33.335"), "quantity_decimal": Decimal("-0") + 3}
    client.invoice_items.create({"customer": customer.id, "invoice": invoice.id, **unit})
    client.invoice_items.create(
        {"customer": customer.id, "invoice": invoice.id, "amount": -50, "description": "discount"}
    )
    found = client.invoices.retrieve(invoice.id)
    assert [line.amount for line in found.lines.data] == [-50, 100, 105, 105, 105]  # the newest first
    assert [line.taxes[0].amount for line in found.lines.data] == [-10, 19, 20, 20, 20]
    assert (found.subtotal, found.total) == (365, 434)
    assert found.lines.data[1].pricing.unit_amount_decimal == Decimal("33.335")


def test_only_ten_lines_are_within_an_invoice_and_the_others_are_listed(client: Any) -> None:
    customer = client.customers.create({})
    invoice = client.invoices.create({"customer": customer.id})
    invoice = client.invoices.add_lines(invoice.id, {"lines": [{"amount": place} for place in range(1, 26)]})
    assert (len(invoice.lines.data), invoice.lines.has_more, invoice.total) == (10, True, 325)
    listed = client.invoices.line_items.list(invoice.id, {"limit": 10})
    assert sorted(line.amount for line in listed.auto_paging_iter()) == list(range(1, 26))
    last = listed.data[0]
    client.invoices.line_items.update(invoice.id, last.id, {"amount": 125, "metadata": {"line": "25"}})
    client.invoices.remove_lines(invoice.id, {"lines": [{"id": listed.data[1].id, "behavior": "delete"}]})
    assert client.invoices.retrieve(invoice.id).total == 325 + 100 - 24


def test_wrong_turns_are_refused_without_a_code(client: Any, draft: Any) -> None:
    invoice = draft()
    assert "isn't open" in str(refused(client.invoices.void_invoice, invoice.id))
    client.invoices.finalize_invoice(invoice.id)
    again = refused(client.invoices.finalize_invoice, invoice.id)
    assert again.code is None
    assert "already finalized" in str(again)
    assert refused(client.invoices.add_lines, invoice.id, {"lines": [{"amount": 1}]}).code == "invoice_not_editable"
    assert refused(client.invoices.update, invoice.id, {"description": "late"}).param == "description"
    assert client.invoices.update(invoice.id, {"metadata": {"late": "yes"}}).metadata["late"] == "yes"
    assert "draft" in str(refused(client.invoices.delete, invoice.id))
    assert client.invoices.mark_uncollectible(invoice.id).status == "uncollectible"
    assert client.invoices.void_invoice(invoice.id).status_transitions.voided_at is not None
    assert "isn't open" in str(refused(client.invoices.pay, invoice.id))
    gone = refused(client.invoices.retrieve, "in_nowhere")
    assert (gone.code, gone.http_status) == ("resource_missing", 404)


def test_due_days_belong_to_sent_invoices_and_a_draft_can_be_deleted(client: Any, draft: Any) -> None:
    customer = client.customers.create({})
    assert "must specify" in str(
        refused(client.invoices.create, {"customer": customer.id, "collection_method": "send_invoice"})
    )
    assert "can only specify" in str(refused(client.invoices.create, {"customer": customer.id, "days_until_due": 3}))
    assert refused(client.invoices.create, {"customer": "cus_nobody"}).code == "resource_missing"
    invoice = draft()
    assert client.invoices.delete(invoice.id).deleted
    assert refused(client.invoices.retrieve, invoice.id).code == "resource_missing"


def test_nothing_to_pay_is_paid_at_once_and_credit_of_the_customer_pays_first(client: Any, draft: Any) -> None:
    invoice = draft()
    client.customers.update(invoice.customer, {"balance": -700})
    final = client.invoices.finalize_invoice(invoice.id)
    assert (final.total, final.starting_balance, final.amount_due) == (10710, -700, 10010)
    empty = client.invoices.create({"customer": invoice.customer})
    assert client.invoices.finalize_invoice(empty.id).status == "paid"


def test_lists_turn_pages_and_searches_lag_a_minute(sim: StripeSimulator, client: Any) -> None:
    customer = client.customers.create({"metadata": {"client": "acme"}})
    made = [client.invoices.create({"customer": customer.id, "metadata": {"n": str(n)}}).id for n in range(5)]
    first = client.invoices.list({"customer": customer.id, "limit": 2})
    assert [invoice.id for invoice in first.auto_paging_iter()] == made[::-1]
    assert client.invoices.list({"status": "open"}).data == []
    query = "metadata['n']:'3' AND status:'draft'"
    assert client.invoices.search({"query": query}).data == []
    sim.advance(hours=0.02)
    assert [invoice.id for invoice in client.invoices.search({"query": query}).data] == [made[3]]
    assert [found.id for found in client.customers.search({"query": 'metadata["client"]:"acme"'}).data] == [customer.id]
    assert refused(client.invoices.search, {"query": "n = 3"}).http_status == 400


def test_customers_keep_tax_ids_and_merge_metadata(client: Any) -> None:
    data = [{"type": "eu_vat", "value": "DE123456789"}]
    customer = client.customers.create({"address": {"country": "DE", "city": "Ulm"}, "tax_id_data": data})
    assert "tax_ids" not in customer.to_dict()
    found = client.customers.retrieve(customer.id, {"expand": ["tax_ids"]})
    assert found.tax_ids.data[0].value == "DE123456789"
    wrong = {"type": "eu_vat", "value": "XX1"}
    assert refused(client.customers.tax_ids.create, customer.id, wrong).code == "tax_id_invalid"
    client.customers.update(customer.id, {"metadata": {"a": "1", "b": "2"}})
    assert client.customers.update(customer.id, {"metadata": {"a": ""}}).metadata.to_dict() == {"b": "2"}
    client.customers.delete(customer.id)
    assert client.customers.retrieve(customer.id).deleted


def test_credit_notes_lower_what_is_due_until_it_is_paid(sim: StripeSimulator, client: Any, draft: Any) -> None:
    invoice = draft()
    assert "open or paid" in str(refused(client.credit_notes.create, {"invoice": invoice.id, "amount": 5}))
    client.invoices.finalize_invoice(invoice.id)
    line = next(line for line in sim.lines(invoice.id) if line["amount"] == 10000)
    part = {"type": "invoice_line_item", "invoice_line_item": line["id"], "amount": 1000}
    note = client.credit_notes.create({"invoice": invoice.id, "lines": [part], "metadata": {"document": "8"}})
    assert (note.total, note.total_taxes[0].amount, note.type, note.number) == (1190, 190, "pre_payment", "R-1-CN-01")
    assert client.invoices.retrieve(invoice.id).amount_remaining == 9520
    assert client.credit_notes.void_credit_note(note.id).status == "void"
    client.credit_notes.create({"invoice": invoice.id, "amount": 10710})
    assert client.invoices.retrieve(invoice.id).status == "paid"
    assert [event["type"] for event in sim.events()].count("credit_note.created") == 2
