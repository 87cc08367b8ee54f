"""Call minutes: rates, included minutes, discounts, and the line that says so (G-04, G-05, G-06)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.gateway.calls import billable_seconds, call_charge
from rating.gateway.company import Company
from rating.gateway.metering import Metering
from rating.naming import NamedMass, named_mass
from rating.recompute import recompute
from tests.rating.gateway import ENGLISH, SUB, call_terms, proved, stored, told, usage

STEPS = Metering(60, 6)
MINUTE = Metering(60, 60)


def line(of, terms, company=SUB):
    return proved(call_charge(company, of, terms))


def cents(of, terms):
    return line(of, terms).amount_cents


@pytest.mark.parametrize(
    ("seconds", "rate", "amount"),
    [
        (600, "0.12", 120),
        (61, "0.29", 29),
        (10, "0.15", 3),
        (2, "0.15", 1),
        (600, "0.125", 125),
        (600, "0.29", 290),
        (3723, "0.15", 931),
        (300, "0.12", 60),
        (600, "0", 0),
    ],
)
def test_G_04_a_company_pays_its_seconds_at_the_rate_of_a_minute_rounded_once(seconds, rate, amount):
    assert cents(usage(seconds), call_terms(rate)) == amount


def test_G_04_seconds_of_all_calls_are_summed_before_rounding():
    assert cents(usage(*[2] * 30), call_terms("0.15")) == 15  # thirty times half a cent, not thirty cents


@pytest.mark.parametrize(
    ("company", "tenant", "plan", "rate", "source"),
    [
        ("0.10", "0.20", "0.30", "0.10", "company"),
        ("0", "0.20", "0.30", "0", "company"),
        (None, "0.20", "0.30", "0.20", "tenant"),
        (None, None, "0.30", "0.30", "plan"),
        (None, None, None, "0.12", "setting"),
    ],
)
def test_G_04_the_first_rate_that_is_set_counts_and_0_is_free(company, tenant, plan, rate, source):
    own, of_tenant, of_plan = (None if rate is None else Decimal(rate) for rate in (company, tenant, plan))

    found = call_terms(company=own, tenant=of_tenant, plan=of_plan)

    assert (found.rate, found.rate_source) == (Decimal(rate), source)


@pytest.mark.parametrize(
    ("metering", "seconds", "amount"),
    [(Metering(), 157, 31), (MINUTE, 157, 36), (Metering(), 61, 12), (MINUTE, 61, 24), (Metering(), 120, 24),
     (MINUTE, 120, 24), (STEPS, 61, 13)],
)  # fmt: skip
def test_G_05_metered_seconds_are_what_is_paid(metering, seconds, amount):
    assert cents(usage(seconds, metering=metering), call_terms(metering=metering)) == amount


def test_G_06_included_minutes_come_off_exactly_by_the_second():
    found = line(usage(6720), call_terms(included_minutes=100))

    assert (found.amount_cents, found.quantity, found.unit, found.price_per) == (144, 720, "s", 60)
    assert found.description == "Gesprächsminuten Januar 2026 (112:00 min genutzt, 100:00 min inklusive)"


def test_G_06_use_within_the_included_minutes_is_a_line_of_0_that_shows_it():
    found = line(usage(5400), call_terms(included_minutes=100), ENGLISH)

    assert (found.amount_cents, found.quantity) == (0, 0)
    assert found.description == "Call minutes January 2026 (90:00 min used, 100:00 min included)"


def test_G_06_unlimited_minutes_cost_nothing():
    found = line(usage(500_000), call_terms(unlimited=True))

    assert (found.amount_cents, found.quantity) == (0, 0)
    assert found.description == "Gesprächsminuten Januar 2026 (8.333:20 min genutzt, alle inklusive)"


@pytest.mark.parametrize("included", [None, 0])
def test_G_06_without_included_minutes_everything_is_billed(included):
    assert cents(usage(60), call_terms(included_minutes=included)) == 12


def test_G_06_what_was_billed_earlier_has_used_the_included_minutes():
    terms = call_terms(included_minutes=100)

    first, late = (usage(5400), usage(1320, before_seconds=5400, late=True))

    assert [cents(of, terms) for of in (first, late)] == [0, 144]
    assert cents(usage(600, before_seconds=6000), terms) == 120


def test_G_06_a_discount_is_rounded_and_taken_off_the_usage():
    found = line(usage(5000), call_terms("0.12", discount_percent=Decimal("12.5")))

    assert (found.amount_cents, found.quantity, found.unit_price, found.price_per) == (875, 1, Decimal("8.75"), 1)
    assert found.description == "Gesprächsminuten Januar 2026 (83:20 min genutzt, abzüglich 12,5 %)"
    # Half a cent of usage and half a cent of discount are rounded each by itself: 13 - 2.
    assert cents(usage(1), call_terms("7.5", discount_percent=Decimal(12))) == 11


def test_M_10_amounts_are_in_the_places_of_the_currency():
    terms = call_terms("3.5", discount_percent=Decimal(10))

    assert line(usage(61), terms, Company(7, "sub1", "JPY")).amount_cents == 4  # 3.56 -> 4, less 0.4 -> 0
    assert line(usage(61), terms, Company(7, "sub1", "KWD")).amount_cents == 3202


def test_G_01_a_line_names_its_company_and_the_month_of_its_calls():
    on_time, late = (line(usage(60, late=late), call_terms(), ENGLISH) for late in (False, True))

    assert (on_time.kind, on_time.company, on_time.sources) == ("call_minutes", 7, ())
    assert on_time.description == "Call minutes January 2026"
    assert late.description == "Call minutes January 2026, late"
    assert line(usage(60, late=True), call_terms()).description == "Gesprächsminuten Januar 2026, nachträglich"


def test_P5_the_explanation_has_every_input_and_step_and_names_its_calls_by_number():
    found = call_charge(SUB, usage(61, 59, metering=MINUTE, annex="a1"), call_terms(metering=MINUTE))

    assert stored(found) == {
        "rule": "G-04",
        "version": 1,
        "inputs": {
            "company": "sub1", "month": "2026-01", "calls": 2, "talked_seconds": 120, "metering": "per_minute",
            "metered_seconds": 180, "before_seconds": 0, "included_seconds": None, "unlimited": False, "rate": "0.12",
            "rate_source": "company", "discount_percent": "0", "currency": "EUR", "annex": "a1", "late": False,
        },
        "steps": [
            {"step": "included_minutes", "billable_seconds": 180},
            {"step": "amount", "quantity": "180", "unit_price": "0.12", "price_per": 60, "amount_cents": 36},
        ],
    }  # fmt: skip
    assert named_mass(stored(found)) == NamedMass("call", 2, Decimal(180), "a1")


@pytest.mark.parametrize(
    ("name", "value"),
    [("metered_seconds", 7000), ("before_seconds", 60), ("included_seconds", 0), ("unlimited", True), ("rate", "0.13"),
     ("discount_percent", "10"), ("currency", "JPY")],
)  # fmt: skip
def test_P5_other_inputs_give_another_amount(name, value):
    found = call_charge(SUB, usage(6720), call_terms(included_minutes=100))
    kept = stored(found)
    kept["inputs"][name] = value

    assert recompute(kept) != found.amount_cents


def test_P5_calls_are_told_with_metering_allowance_rate_and_discount():
    of = usage(61, 6720, metering=STEPS, before_seconds=120, late=True)
    terms = call_terms("0.10", metering=STEPS, included_minutes=100, discount_percent=Decimal(10))

    assert told(call_charge(SUB, of, terms)) == [
        (
            "Calls of January 2026: 2, 113:01 min talked; counted in a first step of 60 s and next steps of 6 s: "
            "113:06 min."
        ),
        "They came in after the month was closed.",
        "2:00 min of that month were billed earlier.",
        "100:00 min are included; 15:06 min are left to bill.",
        "15:06 min × 0.10 EUR a minute (the company's rate) = 1.51 EUR.",
        "Less 10 % discount, 0.15 EUR: 1.36 EUR.",
    ]
    assert told(call_charge(SUB, usage(60), call_terms(company=None, unlimited=True)), "de") == [
        "Anrufe im Januar 2026: 1, 1:00 min gesprochen; gezählt sekundengenau: 1:00 min.",
        "Alle Minuten sind inklusive.",
        "0:00 min × 0,12 EUR je Minute (unser üblicher Satz) = 0,00 EUR.",
    ]


SECONDS = st.integers(0, 500_000)


@given(st.lists(SECONDS, max_size=8), st.none() | SECONDS, st.booleans())
def test_G_06_however_a_month_is_billed_in_parts_its_seconds_sum_to_the_whole(parts, included, unlimited):
    def billable(seconds, before):
        return billable_seconds(seconds, before_seconds=before, included_seconds=included, unlimited=unlimited)

    billed = [billable(seconds, sum(parts[:place])) for place, seconds in enumerate(parts)]

    assert sum(billed) == billable(sum(parts), 0)
    assert all(0 <= each <= seconds for each, seconds in zip(billed, parts, strict=True))


TERMS = st.builds(
    lambda rate, **facts: call_terms(str(rate), **facts),
    st.decimals(0, 9, places=6),
    metering=st.builds(Metering, st.integers(1, 90), st.integers(1, 90)),
    included_minutes=st.none() | st.integers(0, 3000),
    unlimited=st.booleans(),
    discount_percent=st.just(Decimal(0)) | st.decimals(0, 100, places=3),
)


@given(
    TERMS, st.lists(st.integers(0, 359_999), max_size=5), st.sampled_from([0, 5000]),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)  # fmt: skip
def test_P5_every_line_of_calls_is_proved(terms, durations, before, currency):
    of = usage(*durations, metering=terms.metering, before_seconds=before, late=before > 0)

    found = line(of, terms, replace(SUB, currency=currency))

    assert found.amount_cents >= 0
    assert not (terms.unlimited and found.amount_cents)


def test_what_is_no_month_is_refused():
    with pytest.raises(ValueError, match="is no month"):
        call_charge(SUB, usage(1, month="January"), call_terms())
