"""Which strategy a ticket takes, and what each of them bills."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from rating.outcome import Priced
from rating.registry import STRATEGIES, Strategy, choose
from tests.rating.make import EXACT, cents, entry, expense, fee, hours, rated, terms, work

TIME = entry("2.5")
FEE = fee("50.00")


def names(sources):
    return [(source.kind, source.id) for source in sources]


@pytest.mark.parametrize(
    ("of", "changes", "strategy"),
    [
        (work(TIME, fee=FEE), {}, "mixed"),
        (work(TIME), {}, "time_based"),
        (work(TIME, fee=fee("0")), {}, "time_based"),
        (work(fee=FEE), {}, "per_ticket"),
        (work(), {}, "time_based"),
        (work(), {"default_strategy": "per_ticket"}, "per_ticket"),
        (work(TIME, fee=FEE), {"allow_mixed": False}, "time_based"),
        (work(TIME, fee=FEE), {"allow_mixed": False, "default_strategy": "per_ticket"}, "per_ticket"),
        (work(TIME), {"allow_mixed": False, "default_strategy": "per_ticket"}, "time_based"),
        (work(TIME), {"strategy": "per_ticket"}, "per_ticket"),
        (work(TIME), {"strategy": "per_ticket", "forced_strategy": "mixed"}, "mixed"),
    ],
)
def test_T_04_the_strategy_is_forced_or_agreed_or_follows_from_the_work(of, changes, strategy):
    assert choose(of, terms(**changes)) == strategy


def test_T_04_an_unknown_strategy_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="'flat' is not known; it is one of mixed, time_based, per_ticket"):
        rated(work(TIME), terms(strategy="flat"))


def test_T_04_a_new_strategy_is_an_entry_in_the_registry(monkeypatch):
    free = Strategy("free", lambda work, terms: Priced(), lambda work, terms: not work.time, True, False)
    monkeypatch.setitem(STRATEGIES, "free", free)

    assert rated(work()).strategy == "free"


@pytest.mark.parametrize(
    ("typed", "hourly", "expected"), [(["0.25"], "33.33", 833), (["0.75"], "33.33", 2500), (["2.5"] * 3, "25", 18750)]
)
def test_T_09_worked_figures(typed, hourly, expected):
    assert cents(rated(hours(*typed), terms(hourly))) == [expected]


def test_T_09_time_that_is_no_hundredth_of_an_hour_is_shown_in_seconds():
    line = rated(hours("0:20"), terms("120.00", rounding=EXACT)).charges[0]
    odd = rated(work(replace(TIME, seconds=61)), terms("120.00", rounding=EXACT)).charges[0]

    assert (line.quantity, line.unit, line.price_per, line.amount_cents) == (Decimal(1200), "s", 3600, 4000)
    assert (odd.quantity, odd.unit, odd.price_per, odd.amount_cents) == (Decimal(61), "s", 3600, 203)


def test_T_10_a_fee_is_one_line():
    line = rated(work(fee=FEE)).charges[0]

    assert (line.kind, line.description, line.quantity, line.amount_cents) == (
        "ticket_fee", "Ticket 1001: fee per ticket", Decimal(1), 5000,
    )  # fmt: skip
    assert [(source.kind, source.id, source.amount_cents) for source in line.sources] == [("ticket_fee", 7, 5000)]


def test_T_10_three_tickets_are_three_lines():
    assert [cents(rated(replace(work(fee=FEE), ticket_id=number))) for number in range(3)] == [[5000]] * 3


def test_T_10_a_fee_pays_for_the_time_and_claims_it():
    line = rated(work(entry("1", 2), entry("1", 1), fee=FEE), terms(strategy="per_ticket")).charges[0]

    assert names(line.sources) == [("ticket_fee", 7), ("time_entry", 1), ("time_entry", 2)]
    assert line.sources[1].amount_cents is None


@pytest.mark.parametrize("of", [work(), work(fee=fee("0")), work(fee=fee("0"), counts_as_ticket=False)])
def test_T_10_no_fee_and_nothing_else_is_nothing_to_bill(of):
    assert rated(of, terms(strategy="per_ticket")).reason == "nothing_to_bill"


def test_T_10_time_without_the_fee_that_should_pay_it_is_free_beside_an_expense():
    result = rated(work(TIME, expenses=(expense("10"),)), terms(strategy="per_ticket"))

    assert cents(result) == [1000]
    assert names(result.free) == [("time_entry", 1)]
    assert rated(work(TIME), terms(strategy="per_ticket")).free == ()


def test_T_11_mixed_bills_the_time_and_then_the_fee():
    result = rated(work(TIME, fee=FEE))

    assert [(line.kind, line.amount_cents) for line in result.charges] == [("time", 25000), ("ticket_fee", 5000)]
    assert [names(line.sources) for line in result.charges] == [[("time_entry", 1)], [("ticket_fee", 7)]]
