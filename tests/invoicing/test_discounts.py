"""Discounts of a draft, and of a client's month: the first document of the month that is issued takes them (M-04)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from invoicing.documents.content import content_of
from invoicing.lifecycle.issue import plan_issues
from invoicing.lifecycle.totals import sums_of
from invoicing.lifecycle.void import void_invoice
from invoicing.models import Discount, DiscountUse, Invoice
from tests.factories import NOW, ClientFactory
from tests.invoicing.documents import Item, draft, issue
from tests.office.lines import import_lines, line, problems

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


def discount(client, *, month=JANUARY, percent=None, cents=None, invoice=None, reason="Goodwill"):
    return Discount.objects.create(
        client=client,
        month=None if invoice else month,
        invoice=invoice,
        percent=percent,
        amount_cents=cents,
        reason=reason,
    )


def sums(invoice):
    return invoice.subtotal_cents, invoice.discount_cents, invoice.tax_cents, invoice.total_cents


def used():
    return list(DiscountUse.objects.values_list("invoice__number", "amount_cents"))


WORKED = [(10_000, 1000, (10_000, 1000, 1710, 10_710)), (5000, 9000, (5000, 5000, 0, 0))]


@pytest.mark.parametrize(("subtotal", "cents", "expected"), WORKED)
def test_M_05_a_discount_comes_off_before_tax_and_never_makes_a_document_negative(subtotal, cents, expected):
    client = ClientFactory.create()
    discount(client, cents=cents)
    invoice = draft(subtotal, client=client)
    preview = sums_of([invoice], at=NOW)[invoice.pk].totals

    issue(invoice)

    assert sums(invoice) == expected
    assert preview is not None
    assert (preview.discount, preview.tax, preview.total) == expected[1:]
    assert invoice.status == ("paid" if not expected[3] else "open")
    assert used() == [("INV-2026-00001", expected[1])]


def test_M_04_several_discounts_are_shared_over_the_rates_and_kept_with_what_each_took():
    client = ClientFactory.create()
    invoice = draft(10_000, Item(5000, tax_rate=Decimal(7)), client=client)
    discount(client, cents=500)
    discount(client, percent=Decimal(10), reason="Treue")
    discount(client, cents=100, invoice=invoice, reason="Kulanz")

    issue(invoice)

    # 1500 of 15000 by percent, then 500 and 100: 2100, shared 1400 to 700.
    taxes = invoice.tax_lines.order_by("rate").values_list("rate", "taxable_cents", "tax_cents")
    assert list(taxes) == [(7, 4300, 301), (19, 8600, 1634)]
    assert [(one.reason, one.amount_cents) for one in content_of(invoice).discounts] == [
        ("Treue", 1500), ("Goodwill", 500), ("Kulanz", 100),
    ]  # fmt: skip


def test_M_04_the_first_document_of_the_month_that_is_issued_takes_the_discount():
    client = ClientFactory.create()
    discount(client, cents=1000)
    held = draft(Item(4000, tax_rate=Decimal("5.5")), client=client, collects="ticket:1")
    first, second = draft(4000, client=client, collects="ticket:2"), draft(4000, client=client, collects="ticket:3")
    other_month = draft(4000, client=client, collects="2026-02")
    Invoice.objects.filter(pk=other_month.pk).update(period_start=FEBRUARY)

    planned = plan_issues([held.pk, first.pk, second.pk, other_month.pk], at=NOW)
    issue(held, first, second, other_month)

    assert [plan.outcome for plan in planned] == ["held", "issued", "issued", "issued"]
    assert [one.discount_cents for one in (held, first, second, other_month)] == [None, 1000, 0, 0]
    assert [plan.totals.discount for plan in planned[1:]] == [1000, 0, 0]


def test_M_04_the_month_is_that_of_the_period_else_of_the_issue_and_another_client_s_does_not_count():
    client, other = ClientFactory.create(), ClientFactory.create()
    discount(client, month=FEBRUARY, cents=1000)
    discount(other, month=FEBRUARY, cents=700)
    invoice = draft(4000, client=client)

    issue(invoice, at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC))  # already February in Berlin

    assert sums(invoice) == (4000, 1000, 570, 3570)


def test_M_04_nothing_to_pay_takes_no_discount_and_that_of_a_cancelled_document_is_there_again():
    client = ClientFactory.create()
    discount(client, cents=1000)
    issue(draft(0, client=client, collects="ticket:1"))
    assert used() == []
    first, second = (draft(4000, client=client, collects=f"ticket:{n}") for n in (2, 3))
    issue(first)

    void_invoice(first.pk, reason="wrong", by="petra", at=NOW)
    issue(second)

    assert (first.discount_cents, second.discount_cents) == (1000, 1000)


DISCOUNT = {
    "type": "discount",
    "id": "d1",
    "client": "acme",
    "month": "2026-01",
    "amount": "10.00",
    "reason": "Goodwill",
}


def imported(folder, **changes):
    record = {key: value for key, value in {**DISCOUNT, **changes}.items() if value is not None}
    return import_lines(folder, line("client"), record)


def test_discounts_are_imported_in_the_currency_of_the_client_and_again_without_effect(tmp_path):
    assert imported(tmp_path)[0] == 0
    assert imported(tmp_path)[1][0].startswith("client")
    found = Discount.objects.get()
    assert (found.client.external_id, found.month, found.amount_cents, found.percent, found.reason) == (
        "acme", JANUARY, 1000, None, "Goodwill",
    )  # fmt: skip

    import_lines(tmp_path, {**DISCOUNT, "percent": "5", "amount": None})
    found.refresh_from_db()
    assert (found.amount_cents, found.percent) == (None, 5)
    import_lines(tmp_path, {key: DISCOUNT[key] for key in ("type", "id", "amount")})
    import_lines(
        tmp_path, line("client", id="yen", currency="JPY"), {**DISCOUNT, "id": "d2", "client": "yen", "amount": "1500"},
    )  # fmt: skip
    assert list(Discount.objects.order_by("pk").values_list("amount_cents", "percent")) == [(1000, None), (1500, None)]


def test_wrong_discounts_are_refused_with_line_and_field(tmp_path):
    wrong = [
        {**DISCOUNT, "id": "a", "amount": "10.001"},
        {**DISCOUNT, "id": "b", "percent": "5"},
        {key: value for key, value in {**DISCOUNT, "id": "c"}.items() if key != "amount"},
        {**DISCOUNT, "id": "d", "amount": "0"},
        {**DISCOUNT, "id": "e", "month": "2026-13"},
        {key: value for key, value in {**DISCOUNT, "id": "f"}.items() if key != "month"},
    ]

    said = problems(tmp_path, line("client"), *wrong)

    assert [sentence.split(": ")[1] for sentence in said] == ["amount", "amount", "amount", "amount", "month", "month"]
    assert "more decimal places than the currency" in said[0]


def test_a_discount_that_was_taken_is_not_changed_by_an_import(tmp_path):
    imported(tmp_path)
    client = Discount.objects.get().client
    client.address_line1, client.postcode, client.city = "Weg 1", "10115", "Berlin"
    client.save()
    issue(draft(4000, client=client))

    assert imported(tmp_path)[0] == 0
    assert problems(tmp_path, {**DISCOUNT, "amount": "11.00"}) == [
        "line 1: amount: cannot change: it was taken by INV-2026-00001"
    ]


def test_a_VAT_id_that_is_wrong_or_of_another_country_is_a_line_error(tmp_path):
    said = problems(
        tmp_path,
        line("client", id="a", vat_id="DE123456789"),
        line("client", id="b", vat_id="ATU12345675"),
        line("client", id="c", country="CH", vat_id="DE136695976"),
    )

    assert [sentence.split(": ")[1] for sentence in said] == ["vat_id"] * 3
    good = [
        line("client", id="a", vat_id="DE 136 695 976"),
        line("client", id="b", country="GR", vat_id="GR094259216"),
        line("client", id="c", country="CH", vat_id="CHE-123.456.788 MWST"),
        line("client", id="d", country="GB", vat_id="XI432525179"),
    ]
    assert import_lines(tmp_path, *good)[0] == 0
