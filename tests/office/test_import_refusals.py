"""What a line may not say beside other lines and beside what is stored."""

from __future__ import annotations

import pytest

from contracts.models import Contract

from .lines import EVERYTHING, GONE, LINES, import_lines, line, problems

pytestmark = pytest.mark.django_db

BASE = EVERYTHING[:3]
OTHER = [
    line("client", id="other"),
    line("contact", id="bob", client="other"),
    line("contract", id="c2", client="other"),
]
TIMES = {"started_at": "2026-01-15T09:00:00+01:00", "ended_at": "2026-01-15T11:00:00+01:00"}


@pytest.mark.parametrize(("kind", "key"), [
    ("client", "name"), ("client", "currency"), ("client", "country"), ("contact", "client"), ("contact", "name"),
    ("contract", "client"), ("contract", "status"), ("contract", "start_date"), ("assignment", "contract"),
    ("assignment", "contact"), ("assignment", "start_date"), ("rate", "contract"), ("rate", "valid_from"),
    ("ticket", "client"), ("ticket", "number"), ("ticket", "subject"), ("ticket", "status"), ("ticket", "created_at"),
    ("time_entry", "ticket"), ("time_entry", "technician"), ("time_entry", "work_date"), ("expense", "ticket"),
    ("expense", "date"), ("expense", "description"), ("expense", "quantity"), ("expense", "unit_price"),
])  # fmt: skip
def test_what_a_new_record_needs_is_asked_for(tmp_path, kind, key):
    lines = [line(name, **({key: GONE} if name == kind else {})) for name in LINES]

    assert f"line {list(LINES).index(kind) + 1}: {key}: is missing" in problems(tmp_path, *lines)


@pytest.mark.parametrize(
    ("kind", "changes", "problem"),
    [
        ("client", {"managed_by": "nobody"}, 'managed_by: there is no client "nobody"'),
        ("client", {"managed_by": "acme"}, "managed_by: is the client itself"),
        ("client", {"managed_by": "other"}, 'managed_by: "other" is not a partner'),
        (
            "client", {"managed_from": "2026-02-01", "managed_until": "2026-01-01"},
            "managed_until: is before managed_from",
        ),
        ("client", {"tax": {"category": "S"}}, "tax.rate: is missing for category S"),
        ("client", {"tax": {"category": "AE", "rate": "19"}}, "tax.rate: must be 0 for category AE"),
        ("client", {"tax": {"rate": "19"}}, "tax.category: is missing where there is a rate"),
        ("contract", {"end_date": "2025-12-31"}, "end_date: is before start_date"),
        ("assignment", {"contact": "bob"}, 'contact: is a contact of "other", the contract is of "acme"'),
        ("assignment", {"end_date": "2025-12-31"}, "end_date: is before start_date"),
        ("rate", {"hourly_rate": GONE}, "hourly_rate: is missing (or give a multiplier)"),
        ("rate", {"multiplier": "1.5"}, "multiplier: cannot stand beside hourly_rate; null clears one of them"),
        ("rate", {"valid_to": "2025-12-31"}, "valid_to: is before valid_from"),
        ("ticket", {"contract": "c2"}, 'contract: belongs to "other", the ticket to "acme"'),
        ("ticket", {"contact": "bob"}, 'contact: belongs to "other", the ticket to "acme"'),
        ("ticket", {"client": None, "contact": "bob"}, 'contact: belongs to "other", the ticket to nobody'),
        ("ticket", {"closed_at": GONE}, "closed_at: is missing for a closed ticket"),
        ("ticket", {"status": "resolved", "closed_at": GONE}, "resolved_at: is missing for a resolved ticket"),
        ("ticket", {"closed_at": "2026-01-15T08:59:00+01:00"}, "closed_at: is before created_at"),
        ("ticket", {"resolved_at": "2026-01-15T18:00:00+01:00"}, "closed_at: is before resolved_at"),
        ("time_entry", {"ticket": "t9"}, 'ticket: there is no ticket "t9"'),
        (
            "time_entry", {"hours_worked": GONE},
            "hours_worked: is missing (or give seconds_worked, or started_at and ended_at)",
        ),
        ("time_entry", {**TIMES, "ended_at": "2026-01-15T08:00:00+01:00"}, "ended_at: is before started_at"),
        ("time_entry", {**TIMES, "started_at": GONE}, "ended_at: has no started_at"),
        ("time_entry", {**TIMES, "paused_seconds": 7201}, "paused_seconds: is longer than the time worked"),
        (
            "time_entry", {**TIMES, "hours_worked": GONE, "ended_at": "2026-01-16T10:00:00+01:00"},
            "ended_at: is more than 24 hours of work after started_at",
        ),
        ("expense", {"ticket": "t9"}, 'ticket: there is no ticket "t9"'),
    ],
)  # fmt: skip
def test_a_line_that_contradicts_itself_or_others_is_refused(tmp_path, kind, changes, problem):
    lines = [*OTHER, *(line(name, **(changes if name == kind else {})) for name in LINES)]

    assert problems(tmp_path, *lines) == [f"line {4 + list(LINES).index(kind)}: {problem}"]


def test_a_reference_to_a_wrong_line_is_no_second_problem(tmp_path):
    assert problems(tmp_path, line("client", name=""), line("contact")) == ["line 1: name: must not be empty"]


def test_company_and_partner_have_one_currency(tmp_path):
    partner, company = line("client", id="par", is_partner=True), line("client", managed_by="par", currency="CHF")

    assert problems(tmp_path, partner, company) == ["line 2: currency: must be the currency of its partner, EUR"]


def test_rates_of_the_same_place_in_the_card_do_not_overlap(tmp_path):
    import_lines(tmp_path, *BASE, line("rate", valid_to="2026-06-30"))

    found = problems(
        tmp_path, line("rate", id="r2", valid_from="2026-06-30"), line("rate", id="r3", valid_from="2027-01-01"),
        line("rate", id="r4", valid_from="2026-07-01", work_type="travel"),
    )  # fmt: skip

    assert found == [
        'line 1: valid_from: overlaps the rate "r1" of the same work type and time of day',
        'line 1: valid_from: overlaps the rate "r3" of the same work type and time of day',
        'line 2: valid_from: overlaps the rate "r2" of the same work type and time of day',
    ]


def test_a_rate_may_end_and_its_successor_begin_in_one_file(tmp_path):
    import_lines(tmp_path, *BASE, line("rate"))

    code, out, _ = import_lines(
        tmp_path, line("rate", id="r2", valid_from="2026-07-01"), line("rate", valid_to="2026-06-30")
    )

    assert (code, out) == (0, ["rate: 1 created, 1 updated, 0 unchanged"])


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"type": "contact", "id": "ann", "client": "other"}, 'client: cannot change from "acme" to "other"'),
        ({"type": "contract", "id": "c1", "client": "other"}, 'client: cannot change from "acme" to "other"'),
        ({"type": "assignment", "id": "a1", "contract": "c2"}, 'contract: cannot change from "c1" to "c2"'),
        ({"type": "time_entry", "id": "e1", "ticket": "t2"}, 'ticket: cannot change from "t1" to "t2"'),
        ({"type": "ticket", "id": "t1", "closed_at": None}, "closed_at: is missing for a closed ticket"),
        ({"type": "contract", "id": "c1", "status": None}, "status: must not be null"),
    ],
)
def test_an_update_is_judged_together_with_what_is_stored(tmp_path, changed, problem):
    import_lines(tmp_path, *EVERYTHING, *OTHER, line("ticket", id="t2"))

    assert f"line 1: {problem}" in problems(tmp_path, changed)


def test_what_the_database_refuses_beyond_the_checks_ends_the_command(tmp_path, monkeypatch):
    import_lines(tmp_path, *BASE)
    monkeypatch.setattr("office.importing.run.check", lambda kind: None)

    code, out, err = import_lines(tmp_path, {"type": "contract", "id": "c1", "end_date": "2020-01-01"})

    assert (code, out) == (2, [])
    assert err[0].startswith("the database refused the import, nothing was stored: ")
    assert Contract.objects.get().end_on is None
