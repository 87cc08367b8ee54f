"""Document numbers: patterns that could repeat or be misread are refused."""

from datetime import date

import pytest

from config import NumberPattern

JANUARY, DECEMBER = date(2026, 1, 1), date(2025, 12, 31)


def test_G_14_a_number_grows_beyond_its_zeros():
    pattern = NumberPattern("AGG-{year}-{month:02}-{number:03}")

    assert [pattern.format(number, JANUARY) for number in (1, 999, 1000)] == [
        "AGG-2026-01-001",
        "AGG-2026-01-999",
        "AGG-2026-01-1000",
    ]


def test_G_14_a_series_is_the_pattern_without_the_number():
    pattern = NumberPattern("AGG-{year}-{month:02}-{number:03}")

    assert pattern.series(DECEMBER) == "AGG-2025-12-{number}"
    assert pattern.series(JANUARY) == "AGG-2026-01-{number}"
    assert NumberPattern("R{number}").series(DECEMBER) == NumberPattern("R{number:04}").series(JANUARY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "INV",
        "{number}{number}",
        "{number:5}",
        "{number!r}",
        "{number.real}",
        "{month}-{year}-{number}",
        "{day}{number}",
        "{month:02}{number}",
        "{}{number}",
        "{{number}}",
        "INV {number}",
        "ß{number}",
        "{number",
        "x" * 60 + "{number}",
    ],
)
def test_a_pattern_that_could_repeat_or_be_misread_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        NumberPattern(text)


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        ("R{number}", "R0{number}", True),
        ("R{year}-{number}", "R{year}-{month:02}{number}", True),
        ("{number}R", "{number}0R", True),
        ("R{number}", "S{number}", False),
        ("R{number}", "R-{number}", False),
        ("R{number}/A", "R{number}/B", False),
        ("R{number:03}", "R{number:05}", False),
    ],
)
def test_two_series_that_can_give_the_same_number_are_found(one, other, collide):
    assert NumberPattern(one).may_collide_with(NumberPattern(other)) is collide
    assert NumberPattern(other).may_collide_with(NumberPattern(one)) is collide


def test_a_series_is_known_by_its_pattern_whatever_the_year_and_month():
    monthly, endless = NumberPattern("AGG-{year}-{month:02}-{number:03}"), NumberPattern("R.{number}")

    assert [name for name in ("AGG-2025-12-{number}", "AGG-2025-13-{number}", "AGG-2025-{number}", "AGG-2025-12-7")
            if monthly.has_series(name)] == ["AGG-2025-12-{number}"]  # fmt: skip
    assert [name for name in ("R.{number}", "Rx{number}", "R.{number}x") if endless.has_series(name)] == ["R.{number}"]
