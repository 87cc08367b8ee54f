"""Business hours are typed as lines that people write anyway."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.business_hours import DAYS, BusinessHours
from rating.week_lines import DAY, ORDER, OVERLAP, SHAPE, TIME, TWICE, UnreadableLine, as_lines, from_lines


@st.composite
def weeks(draw):
    """Hours as they are stored: days in groups that share no day, each with one or two spans."""
    days, found = draw(st.permutations(range(7))), {}
    for size in draw(st.lists(st.integers(1, 3), max_size=4)):
        group, days = days[:size], days[size:]
        if not group:
            break
        marks = sorted(draw(st.lists(st.integers(0, 24 * 60), min_size=4, max_size=4, unique=True)))
        texts = [f"{mark // 60:02}:{mark % 60:02}" for mark in marks]
        spans = [f"{texts[0]}-{texts[1]}", f"{texts[2]}-{texts[3]}"][: draw(st.integers(1, 2))]
        found[", ".join(DAYS[day] for day in group)] = ", ".join(spans)
    return found


@given(weeks(), st.sampled_from(["en", "de"]))
def test_hours_shown_as_lines_and_typed_again_are_the_hours_that_are_stored(hours, language):
    assert from_lines(as_lines(hours, language)) == hours


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Mon-Fri 08:00-18:00\nSat 09:00-12:00, 13:00-15:00",
         {"mon-fri": "08:00-18:00", "sat": "09:00-12:00, 13:00-15:00"}),
        ("Mo–Fr 8–18 \n\n", {"mon-fri": "08:00-18:00"}),
        ("Mo, Mi: 8.30 - 12\nSonntag - Montag 00:00-24:00", None),
        ("di,do 7-9\nSo 10:00-11:00", {"tue, thu": "07:00-09:00", "sun": "10:00-11:00"}),
        ("", {}),
    ],
)  # fmt: skip
def test_lines_are_read_in_both_languages_and_many_ways(typed, stored):
    if stored is None:
        with pytest.raises(UnreadableLine, match=r"line 2.*twice mon"):
            from_lines(typed)
    else:
        assert from_lines(typed) == stored
        assert BusinessHours.parse(stored) == BusinessHours.parse(from_lines(as_lines(stored, "de")))


@pytest.mark.parametrize(
    ("line", "why", "part"),
    [
        ("whenever", SHAPE, ""),
        ("Mon-Fry 8-18", DAY, "Mon-Fry"),
        ("Mon-Tue-Wed 8-18", DAY, "Mon-Tue-Wed"),
        ("Mon 8", TIME, "8"),
        ("Mon 8-25", TIME, "8-25"),
        ("Mon 8:75-9", TIME, "8:75-9"),
        ("Mon 24:30-25:00", TIME, "24:30-25:00"),
        ("Mon 18-8", ORDER, "18-8"),
        ("Mon 8-12, 11-13", OVERLAP, "08:00-12:00, 11:00-13:00"),
        ("Mon, mon-tue 8-12", TWICE, "Mon, mon-tue"),
    ],
)
def test_a_line_that_cannot_be_read_says_which_and_why(line, why, part):
    with pytest.raises(UnreadableLine) as found:
        from_lines(f"\n{line}")

    assert (found.value.number, found.value.line, found.value.why, found.value.part) == (2, line, why, part)


@given(st.text(alphabet="MonFriSaDi0123456789:-, \n.–", max_size=40))
def test_whatever_is_typed_is_read_or_refused_with_its_line(typed):
    try:
        stored = from_lines(typed)
    except UnreadableLine:
        stored = {}

    assert BusinessHours.parse(stored) == BusinessHours.parse(from_lines(as_lines(stored, "en")))


def test_long_runs_of_blanks_are_read_as_one():
    assert from_lines("Mon" + " " * 9000 + "-" + "\t" * 9000 + "Fri  8-18") == {"mon-fri": "08:00-18:00"}
    with pytest.raises(UnreadableLine, match="'Mon x': shape"):
        from_lines("Mon" + " " * 9000 + "x")
