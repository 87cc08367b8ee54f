"""Tax once per document and category, after the discount."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.tax import TaxLine, Totals, tax_lines, totals

LINES = st.lists(
    st.tuples(
        st.sampled_from("SEZ"),
        st.sampled_from([Decimal(0), Decimal(7), Decimal("8.25"), Decimal(19)]),
        st.integers(0, 10**7),
    ),
    max_size=12,
)


def standard(*cents: int, rate: str = "19") -> list[tuple[str, Decimal, int]]:
    return [("S", Decimal(rate), amount) for amount in cents]


def test_M_05_tax_is_computed_on_the_sum_and_not_line_by_line():
    sums = totals(standard(333, 333, 333))

    assert (sums.subtotal, sums.tax, sums.total) == (999, 190, 1189)


@pytest.mark.parametrize(
    ("cents", "discount", "rate", "tax", "total"),
    [
        (10000, 1000, "19", 1710, 10710),
        (5000, 9000, "19", 0, 0),
        (35000, 0, "8.25", 2888, 37888),
        (50, 0, "19", 10, 60),
        (180, 0, "19", 34, 214),
    ],
)
def test_M_05_worked_figures(cents, discount, rate, tax, total):
    sums = totals(standard(cents, rate=rate), discount)

    assert (sums.tax, sums.total) == (tax, total)


def test_M_04_a_discount_beyond_the_subtotal_leaves_nothing_and_is_used_in_part():
    lines = (TaxLine("S", Decimal(19), 0, 0),)

    assert totals(standard(5000), 9000) == Totals(5000, 5000, 0, 0, 0, lines)


def test_M_04_a_discount_is_shared_over_the_rates_in_proportion():
    lines = tax_lines([*standard(10000), *standard(5000, rate="7")], 1000)

    assert lines == (TaxLine("S", Decimal(7), 4667, 327), TaxLine("S", Decimal(19), 9333, 1773))


def test_M_05_there_is_one_tax_line_per_category_and_rate_in_order():
    lines = tax_lines(
        [("S", Decimal(19), 100), ("E", Decimal(0), 100), ("S", Decimal("19.00"), 50), ("S", Decimal(7), 1)]
    )

    assert [(line.category, line.rate, line.taxable_cents) for line in lines] == [
        ("E", Decimal(0), 100),
        ("S", Decimal(7), 1),
        ("S", Decimal(19), 150),
    ]


def test_M_04_a_credit_on_a_document_takes_no_part_of_the_discount():
    sums = totals([*standard(1000), *standard(-500, rate="7")], 300)

    assert [line.taxable_cents for line in sums.lines] == [-500, 700]
    assert (sums.discount, sums.taxable, sums.tax) == (300, 200, 98)


def test_M_04_a_negative_discount_is_refused():
    with pytest.raises(ValueError, match="zero or more"):
        totals(standard(100), -1)


def test_M_05_a_document_without_lines_is_zero():
    assert totals([]) == Totals(0, 0, 0, 0, 0)


@given(LINES, st.integers(0, 10**7))
def test_M_05_totals_agree_with_an_independent_model(lines, discount):
    groups: dict[tuple[str, Decimal], int] = defaultdict(int)
    for category, rate, cents in lines:
        groups[category, rate] += cents
    subtotal = sum(groups.values())
    used = min(discount, subtotal)

    sums = totals(lines, discount)

    assert (sums.subtotal, sums.discount, sums.taxable) == (subtotal, used, subtotal - used)
    assert sum(line.taxable_cents for line in sums.lines) == sums.taxable
    assert sums.total == sums.taxable + sum(line.tax_cents for line in sums.lines)
    for line in sums.lines:
        whole = groups[line.category, line.rate]
        cut = Fraction(used * whole, subtotal) if subtotal else Fraction(0)
        assert abs(line.taxable_cents - whole + cut) < 1
        assert 0 <= line.taxable_cents <= whole
        assert line.tax_cents == int(Fraction(line.rate) * line.taxable_cents / 100 + Fraction(1, 2))


@given(LINES, st.integers(0, 10**7), st.randoms())
def test_M_05_the_order_of_lines_does_not_matter(lines, discount, random):
    shuffled = list(lines)
    random.shuffle(shuffled)

    assert totals(shuffled, discount) == totals(lines, discount)
