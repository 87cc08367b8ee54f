"""A document in Stripe's terms adds up to ours, also where it has more lines than Stripe takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from invoicing.documents.content import ContentDiscount, ContentLine, ContentTax, DocumentContent
from invoicing.stripe.push.amounts import MOST_LINES, stripe_lines

STANDARD, REDUCED = ("S", Decimal("19.000")), ("S", Decimal("7.000"))


def line(position, cents, group=STANDARD, company=""):
    return ContentLine(
        position,
        "time",
        company,
        f"Work {position}",
        Decimal(1),
        "h",
        Decimal(cents) / 100,
        1,
        cents,
        group[0],
        group[1],
        {},
    )


def content(lines, taxes, discounts=()):
    """`taxes`: (group, taxable, tax)."""
    taxed = [ContentTax(group[0], group[1], taxable, tax, "") for group, taxable, tax in taxes]
    day = date(2026, 1, 16)
    return DocumentContent(
        kind="invoice", number="R-1", language="en", currency="EUR", issue_on=day, due_on=day, period_start=None,
        period_end=None, seller={}, buyer={}, lines=lines, taxes=taxed, discounts=list(discounts),
        subtotal_cents=sum(one.amount_cents for one in lines), discount_cents=0,
        tax_cents=sum(tax for *_, tax in taxes), total_cents=0,
    )  # fmt: skip


def sums(found):
    """(group, amounts, tax) in the order of the groups."""
    groups = dict.fromkeys(one.group for one in found)
    return [
        (group, sum(one.amount_cents for one in found if one.group == group),
         sum(one.tax_cents for one in found if one.group == group))
        for group in groups
    ]  # fmt: skip


def test_tax_is_shared_among_the_lines_of_its_rate_by_the_largest_remainder():
    found = stripe_lines(content([line(n, 33) for n in range(1, 4)], [(STANDARD, 99, 19)]))

    assert [(one.amount_cents, one.tax_cents) for one in found] == [(33, 7), (33, 6), (33, 6)]


def test_the_discount_is_a_negative_line_of_each_rate_that_takes_its_tax_off():
    lines = [line(1, 8000), line(2, 2000, REDUCED, "Acme"), line(3, -1000)]
    made = content(lines, [(STANDARD, 6300, 1197), (REDUCED, 1800, 126)], [ContentDiscount("Fair", 900)])

    found = stripe_lines(made)

    assert [(one.description, one.amount_cents, one.tax_cents) for one in found] == [
        ("Work 1", 8000, 1520), ("Work 3", -1000, -190), ("Discount: Fair", -700, -133),
        ("Acme: Work 2", 2000, 140), ("Discount: Fair", -200, -14),
    ]  # fmt: skip


def test_what_was_only_taken_off_has_its_tax_below_zero():
    assert [one.tax_cents for one in stripe_lines(content([line(1, -50), line(2, -50)], [(STANDARD, -100, -19)]))] == [
        -10, -9,
    ]  # fmt: skip


@pytest.mark.parametrize(("companies", "expected"), [(3, 6), (400, 2)])
def test_more_lines_than_stripe_takes_are_summed_by_company_and_then_by_rate(companies, expected):
    lines = [line(n, 100 + n, (STANDARD, REDUCED)[n % 2], f"Company {n % companies}") for n in range(1, 901)]
    taxable = {
        group: sum(one.amount_cents for one in lines if one.tax_rate == group[1]) for group in (STANDARD, REDUCED)
    }
    taxes = [(group, cents, round(cents * group[1] / 100)) for group, cents in taxable.items()]

    found = stripe_lines(content(lines, taxes))

    assert sums(found) == [(group, cents, tax) for group, cents, tax in taxes]
    assert len(found) == expected
    assert len(stripe_lines(replace(content(lines[: MOST_LINES - 2], taxes)))) <= MOST_LINES
