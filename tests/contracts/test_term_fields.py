"""Terms that are stored as JSON are typed in fields that people understand."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from contracts.admin.fields import LIMITS, BusinessHoursField, FairUseField
from contracts.fair_use import limits_of
from rating.terms import FairUse

HOURS = st.decimals(min_value=0, max_value=99999, places=2).map(lambda hours: format(hours.normalize(), "f"))
COUNTS = st.integers(0, 10**6)
STORED = st.fixed_dictionaries(
    {}, optional={name: COUNTS if name.endswith("tickets") else HOURS for name in LIMITS}
).map(lambda limits: limits or None)  # fmt: skip


@given(STORED, st.sampled_from(["en", "de"]))
def test_limits_of_fair_use_come_back_as_they_are_stored(stored, language):
    field = FairUseField(required=False)

    with translation.override(language):
        shown = field.widget.decompress(field.prepare_value(stored))
        typed = field.clean(shown)

    assert limits_of(typed, FairUse()) == limits_of(stored, FairUse())
    assert not field.has_changed(field.prepare_value(stored), shown)


def test_limits_are_refused_with_the_limit_named():
    field = FairUseField(required=False)

    assert field.clean(["100", "", "", " 12.5 "]) == {"soft_tickets": 100, "hard_hours": "12.5"}
    assert field.clean(["", "", "", ""]) is None
    for typed, said in (
        (["1.5", "", "", ""], "Tickets: review above: write"),
        (["", "", "x", ""], "Hours: review above: “x”"),
    ):
        with pytest.raises(ValidationError, match=said):
            field.clean(typed)
    for nonsense in ("{", "[1,2]", "5", "[" * 20_000):  # in place of what the form carried along
        assert field.has_changed(nonsense, ["", "", "", "8"])
        with pytest.raises(ValidationError):
            field.to_python(nonsense)


def test_business_hours_are_shown_in_the_language_of_the_page_and_stay_as_stored_until_changed():
    field, stored = BusinessHoursField(required=False), {"sat": "9:00-12:00".zfill(11), "mon - fri": "08:00-18:00"}

    with translation.override("de"):
        shown = field.prepare_value(stored)
        with pytest.raises(ValidationError, match="Mo"):
            field.clean("Mo 8-9\nMon 9-10")

    assert shown == "Mo-Fr 08:00-18:00\nSa 09:00-12:00"
    assert not field.has_changed(field.prepare_value(stored), shown)
    assert field.has_changed(shown, "Mo-Fr 08:00-17:00")
    assert field.clean("  ") is None
