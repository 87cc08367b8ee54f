"""A line can be computed again from what it says of itself."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal

import pytest

from rating.explanation import Explanation, as_json, plain
from rating.recompute import UnknownRule, recompute
from rating.terms import Rounding
from tests.rating.make import card, entry, expense, fee, hours, rated, started, terms, work


def explained(line):
    return json.loads(json.dumps(line.explanation.as_dict()))


def test_P5_an_explanation_names_the_entries_their_rates_and_every_step():
    line = rated(hours("0.05", "0.05"), terms("90.0000")).charges[0]

    assert explained(line) == {
        "rule": "time",
        "version": 1,
        "inputs": {
            "hourly_rate": "90.0000",
            "currency": "EUR",
            "rounding": {
                "level": "ticket",
                "increment_seconds": 900,
                "direction": "up",
                "minimum_seconds": 900,
                "below_minimum": "raise",
            },
            "time_entries": [
                {
                    "time_entry": name,
                    "worked_on": "2026-01-15",
                    "seconds": 180,
                    "covered_seconds": 0,
                    "hourly_rate": "90.0000",
                    "rate_source": "contract",
                }
                for name in ("e1", "e2")
            ],
        },
        "steps": [
            {
                "step": "rounding",
                "of": "ticket",
                "worked_seconds": 360,
                "after_minimum_seconds": 900,
                "billed_seconds": 900,
                "on_this_line_seconds": 900,
            },
            {"step": "amount", "quantity": "0.25", "unit_price": "90.0000", "price_per": 1, "amount_cents": 2250},
        ],
    }


def test_P5_every_kind_of_line_is_recomputed_from_its_own_explanation():
    ticket = work(
        entry("0.10", 1, hourly="100"),
        entry("0.10", 2, hourly="50"),
        fee=fee("49.99"),
        expenses=(expense("79.90", "1.5"),),
    )

    lines = rated(ticket).charges

    assert [line.kind for line in lines] == ["time", "time", "ticket_fee", "expense"]
    assert (
        [recompute(explained(line)) for line in lines]
        == [line.amount_cents for line in lines]
        == [1500, 500, 4999, 11985]
    )


@pytest.mark.parametrize(("level", "steps"), [("ticket", ["ticket"]), ("day", ["2026-01-15"]), ("entry", ["e1", "e2"])])
def test_P5_the_steps_name_what_was_rounded_together(level, steps):
    line = rated(hours("0.05", "0.10"), terms(rounding=Rounding(level))).charges[0]

    assert [step["of"] for step in explained(line)["steps"] if step["step"] == "rounding"] == steps
    assert recompute(explained(line)) == line.amount_cents


def test_P5_a_multiplied_rate_is_multiplied_again():
    line = rated(
        work(started("2026-01-17T10:00+01:00")),
        terms("90", card=(card("r1", time_of_day="weekend", multiplier="1.5"),)),
    ).charges[0]
    told = explained(line)
    tampered = deepcopy(told)
    tampered["inputs"]["time_entries"][0]["base_rate"] = "80"

    assert told["inputs"]["time_entries"][0]["rate_source"] == "card r1 x 1.5 on contract"
    assert recompute(told) == line.amount_cents == 13500
    assert recompute(tampered) != 13500


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("time_entries", 0, "seconds"), 7200),
        (("time_entries", 0, "covered_seconds"), 1800),
        (("rounding", "minimum_seconds"), 7200),
        (("hourly_rate",), "101"),
        (("currency",), "JPY"),
    ],
)
def test_P5_changed_inputs_give_another_amount(place, value):
    line = rated(hours("1")).charges[0]
    told = explained(line)
    target = told["inputs"]
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value

    assert recompute(told) != line.amount_cents


@pytest.mark.parametrize("told", [{}, {"rule": "guess", "version": 1}, {"rule": "time", "version": 99}])
def test_P5_an_unknown_rule_is_refused(told):
    with pytest.raises(UnknownRule, match="is not known"):
        recompute(told)


@pytest.mark.parametrize("inputs", [{}, None, {"fee": "x", "currency": "EUR"}, {"fee": "1", "currency": "???"}])
def test_P5_inputs_that_make_no_sense_are_refused(inputs):
    with pytest.raises(ValueError, match=r"cannot be computed|not an ISO 4217"):
        recompute({"rule": "ticket_fee", "version": 1, "inputs": inputs})


def test_P9_decimals_are_plain_strings_and_never_exponents():
    told = Explanation("rule", 1, {"big": Decimal("1E+3"), "small": Decimal("1E-7"), "list": (Decimal(1), True, None)})

    assert told.as_dict() == {
        "rule": "rule",
        "version": 1,
        "inputs": {"big": "1000", "small": "0.0000001", "list": ["1", True, None]},
        "steps": [],
    }


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_P9_what_is_no_number_is_refused(number):
    with pytest.raises(ValueError, match="can be billed"):
        plain(Decimal(number))


def test_P9_a_float_has_no_place_in_an_explanation():
    with pytest.raises(TypeError, match=r"float 0\.1 has no place"):
        as_json({"hours": 0.1})  # type: ignore[dict-item]
