"""Lines are taken back with the opposite sign; the corrections of a document sum exactly to it."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from rating.correction import FirstLine, correction_sums, taken_back
from rating.recompute import recompute
from rating.tax import totals
from rating.wording import sentences

RATES = st.sampled_from([Decimal(0), Decimal(7), Decimal("8.25"), Decimal(19)])
AMOUNTS = st.lists(st.tuples(RATES, st.integers(-500, 10**6)), min_size=1, max_size=8)


def line(position: int, cents: int, rate: Decimal = Decimal(19)) -> FirstLine:
    price = Decimal(cents).scaleb(-2)
    return FirstLine(position, "charge", f"Rack {position}", Decimal(1), "", price, 1, cents, "S", rate)


@given(AMOUNTS, st.integers(0, 10**6), st.data())
def test_M_05_corrections_in_any_parts_sum_to_the_whole_document(amounts, discount, data):
    lines = [line(place, cents, rate) for place, (rate, cents) in enumerate(amounts, start=1)]
    whole = totals([("S", rate, cents) for rate, cents in amounts], discount)
    left = list(range(1, len(lines) + 1))
    taken: list[int] = []
    sums = [0, 0, 0, 0]
    while left:
        chosen = data.draw(st.lists(st.sampled_from(left), min_size=1, unique=True))
        part = correction_sums(lines, whole.lines, chosen, taken)
        assert part.total == part.subtotal - part.discount + part.tax
        assert sum(tax.taxable_cents for tax in part.lines) == part.taxable
        sums = [a + b for a, b in zip(sums, (part.subtotal, part.discount, part.tax, part.total), strict=True)]
        taken += chosen
        left = [position for position in left if position not in chosen]
    assert sums == [-whole.subtotal, -whole.discount, -whole.tax, -whole.total]


def test_D_03_a_credited_line_takes_its_part_of_the_discount_along():
    lines = [line(1, 6000), line(2, 4000)]
    whole = totals([("S", Decimal(19), 10000)], 1000)
    assert (whole.tax, whole.total) == (1710, 10710)

    part = correction_sums(lines, whole.lines, [2])

    assert (part.subtotal, part.discount, part.tax, part.total) == (-4000, -400, -684, -4284)


def test_D_03_a_line_is_taken_back_at_its_own_price_and_says_so():
    first = FirstLine(
        3, "call_minutes", "Calls", Decimal(61), "s", Decimal("0.29"), 60, 29, "S", Decimal(19), company=7
    )

    charge = taken_back(first, document="AGG-2026-01-001", currency="EUR")

    assert (charge.quantity, charge.unit_price, charge.price_per, charge.amount_cents) == (
        -61,
        Decimal("0.29"),
        60,
        -29,
    )
    stored = charge.explanation.as_dict()
    assert recompute(stored) == -29
    told = [sentences(stored, language=one, currency="EUR", amount_cents=-29) for one in ("en", "de")]
    assert [len(one) for one in told] == [1, 1]
    assert "line 3 of document AGG-2026-01-001" in told[0][0]
    assert "Position 3 von Beleg AGG-2026-01-001" in told[1][0]
