"""Services by the month and year: discounts, changes of price, proration (G-07)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.gateway.services import service_charges
from rating.period import BillingPeriod
from rating.recompute import recompute
from tests.rating.gateway import ENGLISH, JANUARY, SUB, proved, service, stored, told

DAY = timedelta(days=1)


def lines(*prices, month=JANUARY, company=SUB):
    return [proved(line) for line in service_charges(company, prices, month)]


def cents(*prices, month=JANUARY):
    return [line.amount_cents for line in lines(*prices, month=month)]


def month(label):
    return BillingPeriod.from_label(label, "Europe/Berlin")


@pytest.mark.parametrize(
    ("price", "discount", "quantity", "amount"),
    [
        ("29.00", "10", "1", 2610),
        ("19.90", "0", "1", 1990),
        ("29.00", "100", "1", 0),
        ("9.99", "12.5", "3", 2622),  # 3 x 8.74125, rounded once
        ("0.0049", "0", "10", 5),
    ],
)
def test_G_07_a_service_costs_its_price_less_its_discount_rounded_once(price, discount, quantity, amount):
    assert cents(service(price, discount_percent=Decimal(discount), quantity=Decimal(quantity))) == [amount]


def test_G_07_a_line_names_its_service_and_claims_its_month():
    (line,) = lines(service(discount_percent=Decimal(10)))

    assert (line.kind, line.company, line.quantity) == ("monthly_service", 7, 1)
    assert line.unit_price == Decimal("26.10")
    assert line.description == "Phone line, Januar 2026 (abzüglich 10 %)"
    (source,) = line.sources
    assert (source.kind, source.id, source.part, source.reference) == ("service_price", 3, "2026-01", "p1")
    assert (source.quantity, source.amount_cents) == (1, 2610)
    assert stored(line)["inputs"] == {
        "company": "sub1", "month": "2026-01", "service_price": "p1", "service": "Phone line", "quantity": "1",
        "unit_price": "29.00", "discount_percent": "10", "currency": "EUR", "interval": "monthly", "prorate": False,
        "period_first_day": "2026-01-01", "period_last_day": "2026-01-31", "charged_first_day": "2026-01-01",
        "charged_last_day": "2026-01-31",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "amount"),
    [
        (date(2026, 1, 31), None, [2900]),
        (date(2026, 1, 1), date(2026, 1, 31), [2900]),
        (date(2025, 1, 1), date(2026, 1, 30), []),
        (date(2026, 2, 1), None, []),
    ],
)
def test_G_07_the_price_that_is_valid_on_the_last_day_counts_for_the_month(valid_from, valid_to, amount):
    assert cents(service(valid_from=valid_from, valid_to=valid_to)) == amount


def test_G_07_after_a_change_in_mid_month_the_new_price_counts():
    old = service("29.00", id=1, valid_to=date(2026, 1, 15))
    new = service("39.00", id=2, valid_from=date(2026, 1, 16))

    assert cents(old, new) == [3900]
    assert cents(new, old, month=month("2025-12")) == [2900]


def test_G_07_prorated_prices_share_the_month_by_the_day():
    old = service("31.00", id=1, valid_to=date(2026, 1, 15), prorate=True)
    new = service("62.00", id=2, valid_from=date(2026, 1, 16), prorate=True)

    first, second = lines(new, old, company=ENGLISH)

    assert (first.amount_cents, second.amount_cents) == (1500, 3200)
    assert (first.quantity, first.unit_price) == (1, Decimal("15.00"))
    assert first.description == "Phone line, January 2026 (15 of 31 days)"
    assert stored(first)["steps"][0] == {
        "step": "proration", "days": 15, "days_of_period": 31, "whole_period_cents": 3100, "part_cents": 1500,
    }  # fmt: skip


def test_G_07_a_whole_month_of_a_prorated_price_is_its_price():
    (line,) = lines(service(prorate=True))

    assert (line.quantity, line.unit_price, line.amount_cents) == (1, Decimal("29.00"), 2900)


def test_G_07_where_the_last_price_counts_for_the_month_the_days_before_it_are_not_charged_as_well():
    old = service("31.00", id=1, valid_to=date(2026, 1, 15), prorate=True)
    new = service("62.00", id=2, valid_from=date(2026, 1, 16))
    other = service("31.00", id=4, service="Fax", valid_to=date(2026, 1, 15), prorate=True)

    assert cents(old, new, other) == [1500, 6200]


def test_G_07_where_the_last_price_is_prorated_an_earlier_one_that_is_not_is_not_charged():
    old = service("31.00", id=1, valid_to=date(2026, 1, 15))
    new = service("31.00", id=2, valid_from=date(2026, 1, 16), prorate=True)

    assert cents(old, new) == [1600]


def test_G_07_a_prorated_price_that_is_not_valid_in_the_month_is_not_charged():
    assert cents(service(prorate=True, valid_to=date(2025, 12, 31))) == []
    assert cents(service(prorate=True, valid_from=date(2026, 2, 1))) == []


def test_G_07_a_yearly_price_is_charged_in_the_month_of_its_anniversary():
    price = service("120.00", interval="yearly", valid_from=date(2024, 1, 15))

    assert cents(price, month=month("2023-01")) == []
    assert [cents(price, month=month(label)) for label in ("2024-01", "2025-12", "2026-02")] == [[12000], [], []]
    (line,) = lines(price)
    assert (line.amount_cents, line.sources[0].part) == (12000, "2026-01")
    assert line.description == "Phone line, 15.01.2026 bis 14.01.2027"


def test_G_07_a_yearly_price_of_a_leap_day_is_charged_in_february():
    price = service("120.00", interval="yearly", valid_from=date(2024, 2, 29))

    assert [cents(price, month=month(f"2026-0{number}")) for number in (1, 2, 3)] == [[], [12000], []]


def test_G_07_a_yearly_price_that_ends_before_the_last_day_is_not_charged_for_another_year():
    assert cents(service(interval="yearly", valid_from=date(2024, 1, 15), valid_to=date(2026, 1, 30))) == []


def test_G_07_a_prorated_yearly_price_is_charged_for_the_days_until_it_ends():
    price = service(
        "365.00", interval="yearly", valid_from=date(2024, 1, 15), valid_to=date(2026, 1, 24), prorate=True,
        discount_percent=Decimal(10),
    )  # fmt: skip

    (line,) = lines(price)

    assert line.amount_cents == 900
    assert line.description == "Phone line, 15.01.2026 bis 24.01.2026 (10 von 365 Tagen, abzüglich 10 %)"
    assert told(line) == [
        "Phone line by price p1, yearly.",
        "For 15 January 2026 to 24 January 2026.",
        "365.00 EUR less 10 % = 328.50 EUR.",
        "The whole period: 1 × 328.50 EUR = 328.50 EUR.",
        "Of its 365 days, 10 are charged, to the day: 9.00 EUR.",
    ]
    assert (
        cents(service(interval="yearly", prorate=True, valid_from=date(2024, 1, 15), valid_to=date(2026, 1, 14))) == []
    )


def test_G_07_a_year_beyond_the_calendar_is_not_charged():
    assert cents(service(interval="yearly", valid_from=date(9999, 1, 1)), month=month("9999-01")) == []


def test_G_03_services_come_by_name_and_day():
    prices = (
        service("1", id=9, service="Zeta"),
        service("2", id=8, service="Alpha"),
        service("3", id=2, service="Mid", valid_from=date(2026, 1, 2), prorate=True),
        service("4", id=1, service="Mid", valid_to=date(2026, 1, 1), prorate=True),
    )

    assert [line.sources[0].id for line in lines(*prices)] == [8, 1, 2, 9]


def test_P5_a_discounted_service_is_told_with_its_product():
    (line,) = lines(service(discount_percent=Decimal(10), quantity=Decimal(3)))

    assert told(line, "de") == [
        "Phone line nach Preis p1, monatlich.",
        "Für 01.01.2026 bis 31.01.2026.",
        "29,00 EUR abzüglich 10 % = 26,10 EUR.",
        "3 × 26,10 EUR = 78,30 EUR.",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("quantity", "2"), ("unit_price", "30"), ("discount_percent", "11"), ("charged_last_day", "2026-01-30")],
)
def test_P5_other_inputs_give_another_amount(name, value):
    (line,) = lines(service(discount_percent=Decimal(10)))
    kept = stored(line)
    kept["inputs"][name] = value

    assert recompute(kept) != line.amount_cents


@given(
    price=st.decimals(0, 9999, places=4),
    quantity=st.decimals(0, 99, places=4),
    discount=st.decimals(0, 100, places=3),
    cuts=st.sets(st.integers(2, 31), max_size=4),
)
def test_G_07_however_a_month_is_cut_its_prorated_parts_sum_to_the_whole(price, quantity, discount, cuts):
    agreed = {"quantity": quantity, "discount_percent": discount, "prorate": True}
    starts = [date(2026, 1, 1), *(date(2026, 1, cut) for cut in sorted(cuts))]
    ends = [start - DAY for start in starts[1:]] + [date(2026, 1, 31)]

    parts = cents(
        *(
            service(str(price), id=number, valid_from=start, valid_to=end, **agreed)
            for number, (start, end) in enumerate(zip(starts, ends, strict=True))
        )
    )

    assert sum(parts) == sum(cents(service(str(price), **agreed)))
    assert len(parts) == len(starts)


@given(
    valid_from=st.dates(date(2024, 1, 1), date(2027, 1, 1)),
    length=st.none() | st.integers(0, 900),
    interval=st.sampled_from(["monthly", "yearly"]),
    prorate=st.booleans(),
    number=st.integers(0, 35),
)
def test_P5_every_line_of_a_service_is_proved_and_has_one_part_a_month(valid_from, length, interval, prorate, number):
    valid_to = None if length is None else valid_from + timedelta(days=length)
    price = service(valid_from=valid_from, valid_to=valid_to, interval=interval, prorate=prorate)
    of = BillingPeriod.for_month(2024 + number // 12, number % 12 + 1, "UTC")

    found = lines(price, month=of)

    assert [line.sources[0].part for line in found] == [of.label()] * len(found)
    assert len(found) <= 1
