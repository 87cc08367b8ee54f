"""What holds for every ticket, whatever was worked and agreed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from rating.coverage import Left
from rating.recompute import recompute
from rating.strategies import mixed, per_ticket, time_based
from rating.terms import BELOW_MINIMUM, DIRECTIONS, LEVELS, UNLIMITED, Rounding
from rating.work import ExpenseItem, WorkedTime
from tests.rating.make import EXACT, MONTH, cents, entry, fee, rated, terms, work

PRICES = st.decimals(0, 500, places=4)
ENTRIES = st.lists(
    st.builds(
        WorkedTime,
        id=st.integers(1, 10**6),
        reference=st.just("e"),
        worked_on=st.integers(0, 30).map(lambda days: MONTH + timedelta(days=days)),
        seconds=st.integers(0, 40_000),
        started_at=st.none(),
        hourly_rate=st.none() | st.sampled_from([Decimal(0), Decimal("80.00"), Decimal("120.5")]),
        work_type=st.just(""),
        emergency=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda worked: worked.id,
)
EXPENSES = st.lists(
    st.builds(
        ExpenseItem,
        id=st.integers(1, 10**6),
        reference=st.just("x"),
        incurred_on=st.just(date(2026, 1, 2)),
        description=st.just("SSD"),
        quantity=st.decimals(0, 10, places=2),
        unit_price=PRICES,
    ),
    max_size=3,
    unique_by=lambda item: item.id,
)
WORKS = st.builds(
    lambda time, price, expenses, counts: work(
        *time, fee=None if price is None else fee(str(price)), expenses=tuple(expenses), counts_as_ticket=counts
    ),
    ENTRIES,
    st.none() | PRICES,
    EXPENSES,
    st.booleans(),
)
ROUNDINGS = st.builds(
    Rounding,
    level=st.sampled_from(LEVELS),
    increment_seconds=st.sampled_from([360, 900, 3600]),
    direction=st.sampled_from(DIRECTIONS),
    minimum_seconds=st.sampled_from([0, 900, 1080]),
    below_minimum=st.sampled_from(BELOW_MINIMUM),
)
TERMS = st.builds(
    lambda hourly, **agreed: terms(None if hourly is None else str(hourly), **agreed),
    st.none() | PRICES,
    rounding=ROUNDINGS,
    strategy=st.sampled_from([None, "time_based", "per_ticket", "mixed"]),
    allow_mixed=st.booleans(),
    included_tickets=st.sampled_from([None, 0, 5, UNLIMITED]),
    included_seconds=st.sampled_from([None, 0, 72_000, UNLIMITED]),
    require_time_entries=st.booleans(),
)
BALANCES = st.builds(
    lambda tickets, seconds: {MONTH: Left(tickets, seconds)}, st.integers(0, 2), st.integers(0, 72_000)
)


@given(WORKS, TERMS)
def test_T_11_mixed_is_the_sum_of_its_parts(of, agreed):
    both, time = mixed.rate(of, agreed), time_based.rate(of, agreed)
    alone = per_ticket.rate(replace(of, time=()), agreed)

    assert both.charges == time.charges + alone.charges
    assert both.free == time.free + alone.free
    assert sum(line.amount_cents for line in both.charges) == sum(
        line.amount_cents for part in (time, per_ticket.rate(of, agreed)) for line in part.charges
    )


@given(WORKS, TERMS, BALANCES, st.randoms())
def test_the_order_of_entries_and_expenses_does_not_matter(of, agreed, left, random):
    time, expenses = list(of.time), list(of.expenses)
    random.shuffle(time)
    random.shuffle(expenses)

    assert rated(replace(of, time=tuple(time), expenses=tuple(expenses)), agreed, left) == rated(of, agreed, left)


@given(WORKS, TERMS, BALANCES)
def test_P5_every_line_is_recomputed_from_its_explanation(of, agreed, left):
    for line in rated(of, agreed, left).charges:
        assert recompute(json.loads(json.dumps(line.explanation.as_dict()))) == line.amount_cents


@given(WORKS, TERMS, BALANCES)
def test_P1_no_unit_is_settled_twice(of, agreed, left):
    result = rated(of, agreed, left)

    units = [source for line in result.charges for source in line.sources] + [*result.covered, *result.free]
    names = [(source.kind, source.id) for source in units]
    assert len(names) == len(set(names))


@given(WORKS, TERMS, BALANCES)
def test_P2_every_unit_is_settled_or_the_ticket_has_a_reason(of, agreed, left):
    result = rated(of, agreed, left)

    sources = [source for line in result.charges for source in line.sources] + [*result.covered, *result.free]
    settled = {(source.kind, source.id) for source in sources}
    units = {("time_entry", item.id) for item in of.time} | {("expense", item.id) for item in of.expenses}
    covered = result.reason in {"included_ticket", "included_hours", "unlimited_plan"}
    assert bool(result.charges) == (result.reason == "")
    assert units <= settled if result.charges or covered else not settled and not result.allocations
    skipped = {(source.kind, source.id) for source in result.skipped}
    held = result.reason in {"no_rate", "no_time_entries"}
    assert not skipped if settled or held else units <= skipped


@given(WORKS, TERMS, BALANCES)
def test_charges_are_never_all_zero(of, agreed, left):
    result = rated(of, agreed, left)

    assert not result.charges or any(cents(result))


@given(ENTRIES, ROUNDINGS)
def test_T_07_the_lines_bill_exactly_the_rounded_time(time, rounding):
    result = rated(work(*time), terms("1", rounding=rounding))

    seconds = sum(Fraction(line.quantity) * 3600 / line.price_per for line in result.charges)
    assert seconds == _billed(time, rounding) or result.reason


@given(ENTRIES)
def test_T_09_without_rounding_each_rate_costs_its_exact_time_rounded_once(time):
    result = rated(work(*time), terms("90", rounding=EXACT))
    expected: dict[Decimal, int] = {}
    for worked in time:
        hourly = Decimal(90) if worked.hourly_rate is None else worked.hourly_rate
        expected[hourly] = expected.get(hourly, 0) + worked.seconds

    assert {line.unit_price: line.amount_cents for line in result.charges} == (
        {
            hourly: int(Fraction(hourly) * 100 * seconds / 3600 + Fraction(1, 2))
            for hourly, seconds in expected.items()
            if seconds
        }
        if result.charges
        else {}
    )


@given(st.integers(0, 100_000), st.integers(0, 100_000), PRICES)
def test_T_07_more_work_never_costs_less(some, more, hourly):
    less, all_of_it = (
        rated(work(replace(entry("0"), seconds=worked)), terms(str(hourly))) for worked in (some, some + more)
    )

    assert sum(cents(less)) <= sum(cents(all_of_it))


def _billed(time: list[WorkedTime], rounding: Rounding) -> int:
    """The rule once more, written in another way: lists of times, one step at a time."""
    groups: dict[object, int] = {}
    for worked in time:
        key = {"ticket": None, "day": worked.worked_on, "entry": worked.id}[rounding.level]
        groups[key] = groups.get(key, 0) + worked.seconds
    billed = 0
    for seconds in groups.values():
        size = Fraction(seconds)
        if 0 < seconds < rounding.minimum_seconds:
            size = Fraction(rounding.minimum_seconds if rounding.below_minimum == "raise" else 0)
        steps, rest = divmod(size, rounding.increment_seconds)
        if rounding.direction != "none":
            up = {"up": rest > 0, "down": False, "nearest": rest * 2 >= rounding.increment_seconds}[rounding.direction]
            size = Fraction((steps + up) * rounding.increment_seconds)
        billed += int(size)
    return billed
