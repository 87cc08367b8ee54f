"""Cases by the case and flat outputs (G-10, G-11, G-12), and the setup fee (G-09)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.gateway.cases import OutputPrices, case_charge, case_price, flat_charge
from rating.gateway.setup import setup_charge
from rating.naming import NamedMass, named_mass
from rating.recompute import recompute
from tests.rating.gateway import ENGLISH, SUB, proved, stored, told

CENTS = st.none() | st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("output_type", "base", "email", "webhook", "price"),
    [
        ("email", 100, 50, None, 150),
        ("webhook", 100, None, 75, 175),
        ("hybrid", 100, 50, 75, 225),
        ("hybrid", 200, 30, 100, 330),
        ("hybrid", None, None, None, 100),
        ("email", None, None, None, 50),
        ("webhook", None, None, None, 50),
        ("email", 0, 0, 75, 0),
        ("hybrid", None, 0, None, 50),
    ],
)
def test_G_10_a_case_costs_its_base_and_the_parts_of_its_output(output_type, base, email, webhook, price):
    assert case_price(OutputPrices(output_type, base, email, webhook)) == price


def test_G_10_an_unknown_output_is_refused():
    with pytest.raises(ValueError, match="'fax' is no output; there are email, webhook, hybrid"):
        case_price(OutputPrices("fax", 100, None, None))


@given(CENTS, CENTS, CENTS)
def test_G_10_a_hybrid_case_is_an_email_and_a_webhook_with_one_base(base, email, webhook):
    by_email, by_webhook, hybrid = (
        case_price(OutputPrices(output_type, base, email, webhook)) for output_type in ("email", "webhook", "hybrid")
    )

    assert hybrid == by_email + by_webhook - (base or 0)


def test_G_11_five_cases_of_one_price_are_one_line():
    line = proved(case_charge(SUB, month="2026-01", price_cents=150, cases=5, annex="a1"))

    assert (line.kind, line.quantity, line.unit_price, line.amount_cents) == ("service_cases", 5, Decimal("1.50"), 750)
    assert (line.sources, line.company) == ((), 7)
    assert line.description == "Servicevorgänge Januar 2026"
    assert stored(line)["inputs"] == {
        "company": "sub1", "month": "2026-01", "cases": 5, "price_cents": 150, "currency": "EUR", "annex": "a1",
        "late": False,
    }  # fmt: skip
    assert named_mass(stored(line)) == NamedMass("service_case", 5, Decimal(5), "a1")


def test_G_11_prices_of_50_50_and_75_are_two_lines():
    lines = [case_charge(SUB, month="2026-01", price_cents=price, cases=count) for price, count in ((50, 2), (75, 1))]

    assert [(line.quantity, line.amount_cents) for line in map(proved, lines)] == [(2, 100), (1, 75)]


@given(st.lists(st.integers(0, 10_000), max_size=60), st.booleans())
def test_G_11_the_lines_of_a_month_sum_to_the_prices_of_its_cases(prices, late):
    counts = {price: prices.count(price) for price in prices}

    lines = [
        proved(case_charge(SUB, month="2026-01", price_cents=price, cases=count, late=late))
        for price, count in counts.items()
    ]

    assert sum(line.amount_cents for line in lines) == sum(prices)
    assert sum(line.quantity for line in lines) == len(prices)


def test_G_11_late_cases_say_so():
    line = proved(case_charge(ENGLISH, month="2026-01", price_cents=50, cases=2, late=True))

    assert line.description == "Service cases January 2026, late"
    assert told(line) == [
        "Cases of one price that were sent in January 2026.",
        "They came in after the month was closed.",
        "2 × 0.50 EUR = 1.00 EUR.",
    ]


def test_P5_a_number_of_cases_that_is_no_whole_number_is_not_believed():
    kept = stored(case_charge(SUB, month="2026-01", price_cents=50, cases=2))
    kept["inputs"]["cases"] = "2"

    with pytest.raises(ValueError, match="'2' is no whole number"):
        recompute(kept)


@pytest.mark.parametrize(("price", "cents"), [(None, 2900), (4900, 4900), (0, 0)])
def test_G_12_a_flat_configuration_is_one_line_a_month(price, cents):
    line = proved(flat_charge(ENGLISH, month="2026-01", configuration=4, reference="o1", price_cents=price))

    assert (line.kind, line.quantity, line.amount_cents) == ("monthly_flat", 1, cents)
    assert line.description == "Service cases January 2026, flat"
    (source,) = line.sources
    assert (source.kind, source.id, source.part, source.reference) == ("flat_fee", 4, "2026-01", "o1")
    assert (source.quantity, source.amount_cents) == (1, cents)
    assert told(line)[0].endswith("for any number of cases; our usual price." if price is None else "number of cases.")


def test_G_09_the_setup_fee_is_one_line():
    line = proved(setup_charge(SUB, schedule=6, reference="f1", fee=Decimal("150.0000")))

    assert (line.kind, line.description, line.amount_cents) == ("setup_fee", "Einrichtungsgebühr", 15000)
    (source,) = line.sources
    assert (source.kind, source.id, source.part, source.reference) == ("setup_fee", 6, "", "f1")
    assert told(line) == ["Setup fee of company sub1, charged once.", "1 × 150.00 EUR = 150.00 EUR."]
