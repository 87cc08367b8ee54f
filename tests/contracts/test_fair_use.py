"""A contract's own limits of fair use, and what cannot be one."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from contracts.fair_use import limits_of
from rating.terms import FairUse
from tests.factories import ContractFactory

USUAL = FairUse(100, 500, 720_000, 1_800_000)


def test_T_13_what_a_contract_leaves_open_is_as_usual():
    assert limits_of(None, USUAL) == limits_of({}, USUAL) == USUAL
    assert limits_of({"soft_tickets": 10, "hard_hours": "20.5"}, USUAL) == FairUse(10, 500, 720_000, 73_800)
    assert limits_of({"hard_tickets": 0, "soft_hours": "0"}, USUAL) == FairUse(100, 0, 0, 1_800_000)


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ({"tickets": 1}, "is an object with soft_tickets, hard_tickets, soft_hours, hard_hours"),
        ([1], "is an object with"),
        ({"soft_tickets": -1}, "soft_tickets must be a whole number, zero or more, not -1"),
        ({"soft_tickets": True}, "soft_tickets must be a whole number"),
        ({"hard_tickets": "5"}, "hard_tickets must be a whole number"),
        ({"soft_hours": 5}, 'soft_hours must be hours in quotes such as "200", not 5'),
        ({"soft_hours": "many"}, "soft_hours must be hours"),
        ({"hard_hours": "-1"}, "hard_hours must be hours"),
        ({"hard_hours": "NaN"}, "hard_hours must be hours"),
    ],
)
def test_T_13_limits_that_cannot_be_read_are_refused_with_the_field_named(own, sentence):
    with pytest.raises(ValueError, match=sentence):
        limits_of(own, USUAL)
    with pytest.raises(ValidationError, match=sentence) as refusal:
        ContractFactory.build(fair_use=own).clean()
    assert list(refusal.value.message_dict) == ["fair_use"]
