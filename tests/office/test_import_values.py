"""What a single line may not say, each with its sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from office.importing.reading import read_line
from office.importing.registry import TYPES

from .lines import LINES, line

LONG = "9" * 400


def said(raw: dict[str, object] | bytes) -> list[str]:
    content = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return [f"{field}: {problem}" for field, problem in read_line(1, content, TYPES).problems]


@pytest.mark.parametrize("kind", LINES)
def test_a_complete_line_of_every_type_is_accepted(kind):
    read = read_line(7, json.dumps(line(kind)).encode(), TYPES)

    assert read.problems == []
    assert read.kind is TYPES[kind]
    assert read.row[:2] == (7, LINES[kind]["id"])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "line: is not JSON: Expecting property name enclosed in double quotes at column 2"),
        (b"[]", "line: is not a JSON object"),
        (b'"text"', "line: is not a JSON object"),
        (b'{"type":"client","id":"\xff"}', "line: is not valid UTF-8 at byte 24"),
        (b"[" * 100_000, "line: is nested too deeply"),
        (b'{"type":"client","id":"a","name":' + b"9" * 5000 + b"}", "line: has a number that is too long"),
        (b'{"type":"client","id":"a","id":"b"}', 'line: has the key "id" twice'),
        (b'{"id":"a"}', "type: is missing"),
        (b'{"type":7,"id":"a"}', f"type: must be one of {', '.join(TYPES)}, not 7"),
        (b'{"type":"invoice","id":"a"}', f'type: must be one of {", ".join(TYPES)}, not "invoice"'),
        (b'{"type":"client"}', "id: is missing"),
        (b'{"type":"client","id":17}', "id: must be text in quotes, not 17"),
        (b'{"type":"client","id":" a"}', "id: must not begin or end with a space"),
        (b'{"type":"client","id":""}', "id: must not be empty"),
    ],
)
def test_what_is_no_record_is_refused(content, problem):
    assert said(content) == [problem]


@pytest.mark.parametrize(
    ("kind", "key", "value", "problem"),
    [
        ("client", "name", None, "must not be null"),
        ("client", "name", 7, "must be text in quotes, not 7"),
        ("client", "name", 1.5, "must be text in quotes, not 1.5"),
        ("client", "name", "", "must not be empty"),
        ("client", "name", "A" * 201, "is longer than 200 characters (201)"),
        ("client", "name", "A\x00B", "contains the character U+0000, which is not allowed"),
        ("client", "name", "A\nB", "contains the character U+000A, which is not allowed"),
        ("client", "name", "A\ud800", "contains the character U+D800, which is not allowed"),
        ("client", "currency", "EURO", 'must be a currency of ISO 4217 such as EUR, not "EURO"'),
        ("client", "currency", "XQX", 'must be a currency of ISO 4217 such as EUR, not "XQX"'),
        ("client", "country", "de", 'must be a country of two capital letters such as DE, not "de"'),
        ("client", "email", "ann at acme", 'is no e-mail address: "ann at acme"'),
        ("client", "timezone", "Berlin", 'must be a time zone such as Europe/Berlin, not "Berlin"'),
        ("client", "timezone", "../etc/passwd", 'must be a time zone such as Europe/Berlin, not "../etc/passwd"'),
        ("client", "automation", "on", 'must be one of off, shadow, draft, auto, not "on"'),
        ("client", "active", 1, "must be true or false, not 1"),
        ("client", "active", "yes", 'must be true or false, not "yes"'),
        ("client", "payment_terms_days", 366, "must be between 0 and 365, not 366"),
        ("client", "payment_terms_days", "30", 'must be a whole number, not "30"'),
        ("client", "payment_terms_days", True, "must be a whole number, not true"),
        ("client", "hourly_rate", 80.5, 'must be a decimal in quotes such as "1.50", not the number 80.5'),
        ("client", "hourly_rate", "80,50", 'must be a decimal in quotes such as "1.50", not "80,50"'),
        ("client", "hourly_rate", "NaN", 'must be a decimal in quotes such as "1.50", not "NaN"'),
        ("client", "hourly_rate", float("nan"), 'must be a decimal in quotes such as "1.50", not the number NaN'),
        ("client", "hourly_rate", float("inf"), 'must be a decimal in quotes such as "1.50", not the number Infinity'),
        ("client", "hourly_rate", "1e3", 'must be a decimal in quotes such as "1.50", not "1e3"'),
        ("client", "hourly_rate", "٣", 'must be a decimal in quotes such as "1.50", not "\\u0663"'),
        ("client", "hourly_rate", "-1", "must not be negative"),
        ("client", "hourly_rate", "1.00001", 'has more than 4 decimal places: "1.00001"'),
        ("client", "hourly_rate", "100000000", 'is too large: "100000000"'),
        ("client", "hourly_rate", LONG, f'must be a decimal in quotes such as "1.50", not "{LONG[:55]} …"'),
        ("client", "address", "Weg 1", 'must be an object with city, line1, line2, postcode, not "Weg 1"'),
        ("client", "automation_from", "soon", None),
        ("contract", "status", "live", None),
        ("contract", "start_date", "2026-02-30", 'is no date of the calendar: "2026-02-30"'),
        ("contract", "start_date", "01.02.2026", 'must be a date YYYY-MM-DD, not "01.02.2026"'),
        ("contract", "start_date", "0026-01-01", 'is outside the years 1970 to 2199: "0026-01-01"'),
        ("contract", "strategy", "flat", None),
        ("contract", "included_tickets", "many", 'must be a whole number, not "many"'),
        ("contract", "included_hours", "-2", "must not be negative"),
        ("contract", "rollover_months", "all", 'must be a whole number, not "all"'),
        ("contract", "business_hours", "9 to 5", None),
        ("contract", "business_hours", {"mon-fri": "18:00-08:00"}, None),
        ("contract", "business_hours", {"mon": [1]}, None),
        ("contract", "fair_use", {"tickets": 1}, None),
        ("contract", "fair_use", {"soft_hours": 1.5}, None),
        ("rate", "time_of_day", "night", None),
        ("ticket", "status", "done", None),
        ("ticket", "created_at", "2026-01-15T09:00:00", 'needs an offset such as +01:00 or Z: "2026-01-15T09:00:00"'),
        ("ticket", "created_at", "yesterday", None),
        ("ticket", "created_at", "0001-01-01T00:00:00+14:00", None),
        ("ticket", "contract", 7, "must be text in quotes, not 7"),
        ("time_entry", "hours_worked", "-0.5", "must not be negative"),
        ("time_entry", "hours_worked", "25", 'must be at most 24 hours, not "25"'),
        ("time_entry", "hours_worked", "0.33333", 'is not a whole number of seconds: "0.33333" h'),
        ("time_entry", "hours_worked", "1.500000000001", 'is not a whole number of seconds: "1.500000000001" h'),
        ("time_entry", "hours_worked", 10**15, None),
        ("time_entry", "hours_worked", 1.5, 'must be a decimal in quotes such as "1.50", not the number 1.5'),
        ("time_entry", "work_date", 20260115, "must be a date YYYY-MM-DD, not 20260115"),
        ("expense", "tax_rate", "101", 'must be at most 100, not "101"'),
        ("expense", "quantity", "", 'must be a decimal in quotes such as "1.50", not ""'),
    ],
)
def test_a_bad_value_is_refused_with_its_sentence(kind, key, value, problem):
    found = said(line(kind, **{key: value}))

    assert len(found) == 1
    assert found[0].startswith(f"{key}: ")
    assert problem is None or found == [f"{key}: {problem}"]


def test_every_bad_value_of_a_line_is_named():
    assert [one.split(":")[0] for one in said(line("client", name="", currency="?", country="?", nme="x"))] == [
        "name", "currency", "country", "nme",
    ]  # fmt: skip


def test_unknown_keys_are_refused_also_inside_objects():
    found = said(line("client", colour="red", address={"street": "Weg 1"}, **{"bad\x1bkey": 1}))

    assert found == [
        "colour: is not a known key", "address.street: is not a known key", '"bad\\u001bkey": is not a known key',
    ]  # fmt: skip


def test_hours_are_given_once():
    found = said(line("time_entry", seconds_worked=5400))

    assert found == ["seconds_worked: is a second way to say hours_worked; give one of them"]


def test_whole_numbers_are_decimals_too():
    assert said(line("expense", quantity=2, unit_price="80")) == []


def test_descriptions_may_have_several_lines():
    assert said(line("time_entry", description="Called back.\n\tSolved.")) == []


@settings(deadline=None)
@given(st.binary(max_size=80))
@example(b'{"type":"client","id":"a","name":"\\ud83d"}')
@example(b"\x00")
def test_no_bytes_break_the_reader(content):
    read = read_line(1, content, TYPES)

    assert read.problems or read.kind


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(kind=st.sampled_from(list(LINES)), values=st.data())
def test_no_value_of_any_key_breaks_the_reader(kind, values):
    paths = st.sampled_from([key.path.partition(".")[0] for key in TYPES[kind].keys])
    changes = values.draw(st.dictionaries(paths, JSON_VALUES, max_size=4))

    read = read_line(1, json.dumps(line(kind, **changes)).encode(), TYPES)

    assert read.kind is TYPES[kind]
    assert len(read.row) == 4 + len(TYPES[kind].columns)
