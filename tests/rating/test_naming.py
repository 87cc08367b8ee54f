"""An explanation names exactly the units that its line claims."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given

from rating import naming
from rating.naming import named_sources
from rating.recompute import RULES, UnknownRule
from rating.recurring import due_periods, recurring_charge
from rating.single_charge import single_charge
from tests.rating.make import rated
from tests.rating.test_laws import BALANCES, TERMS, WORKS
from tests.rating.test_recurring import LATER, seats
from tests.rating.test_wording import SINGLE


def stored(line):
    return json.loads(json.dumps(line.explanation.as_dict()))


def claimed(line, *, told):
    """What the line claims, as far as the explanation tells it: no reference of a fee, no quantity of its time."""
    kinds = {source.kind for source in told if not source.reference}
    untold = {source.reference for source in told if source.quantity is None}
    return Counter(
        (
            source.kind,
            "" if source.kind in kinds else source.reference,
            None if source.reference in untold else source.quantity,
            source.part,
        )
        for source in line.sources
    )


@given(WORKS, TERMS, BALANCES)
def test_P5_every_line_of_a_ticket_names_the_units_it_claims(of, agreed, left):
    of = replace(of, time=tuple(replace(entry, reference=f"e{entry.id}") for entry in of.time))

    for line in rated(of, agreed, left).charges:
        told = named_sources(stored(line))
        assert Counter(told) == claimed(line, told=told)


def test_P5_lines_without_a_ticket_name_their_charge():
    charge = seats(prorate=True)
    recurring = [recurring_charge(charge, period) for period in due_periods(charge, on=LATER)]

    for line in (*recurring, single_charge(SINGLE)):
        told = named_sources(stored(line))
        assert Counter(told) == claimed(line, told=told)


def test_P5_every_rule_that_can_be_computed_again_names_its_sources():
    assert set(naming.RULES) == {rule for rule, _ in RULES}


def test_P5_an_unknown_rule_names_nothing():
    with pytest.raises(UnknownRule, match="'guess' names no sources"):
        named_sources({"rule": "guess", "version": 1, "inputs": {}})


@pytest.mark.parametrize("inputs", [{}, None, {"expense": "x1", "quantity": "two"}])
def test_P5_inputs_that_make_no_sense_are_refused(inputs):
    with pytest.raises(ValueError, match="by rule expense names no sources"):
        named_sources({"rule": "expense", "version": 1, "inputs": inputs})
