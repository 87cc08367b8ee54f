"""Opening balances arrive by import: what another system had already covered counts as used (T-12)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from contracts.models import Allocation
from tests.scenarios.story import Story

from .charge_lines import AGREED, OTHERS, line
from .lines import AT, GONE, import_lines, problems
from .lines import line as usual

pytestmark = pytest.mark.django_db


def test_T_12_an_opening_balance_is_stored_for_its_contract_and_month(tmp_path):
    code, out, _ = import_lines(tmp_path, line("allocation"), *AGREED)

    use = Allocation.objects.get()
    assert (code, out[-1]) == (0, "allocation: 1 created, 0 updated, 0 unchanged")
    assert (use.contract.external_id, use.month, use.kind) == ("c1", date(2026, 1, 1), "opening")
    assert (use.tickets, use.seconds, use.released_at) == (4, 66600, None)
    assert use.created_at == datetime.fromisoformat(AT)


def test_T_12_the_same_id_again_is_the_same_balance(tmp_path):
    import_lines(tmp_path, *AGREED, line("allocation"), line("allocation", id="b2", month="2026-02"))

    again = import_lines(tmp_path, line("allocation"))
    changed = import_lines(tmp_path, {"type": "allocation", "id": "b1", "hours": "2.00", "tickets": None})

    assert again[1] == ["allocation: 0 created, 0 updated, 1 unchanged"]
    assert changed[1] == ["allocation: 0 created, 1 updated, 0 unchanged"]
    uses = Allocation.objects.filter(released_at=None).order_by("month").values_list("month", "tickets", "seconds")
    assert list(uses) == [(date(2026, 1, 1), 0, 7200), (date(2026, 2, 1), 4, 66600)]


def test_T_12_a_corrected_balance_leaves_the_first_one_on_record(tmp_path):
    import_lines(tmp_path, *AGREED, line("allocation"))

    import_lines(tmp_path, line("allocation", tickets=5), at="2026-02-02T09:00:00+00:00")

    first, second = Allocation.objects.order_by("pk")
    corrected_at = datetime(2026, 2, 2, 9, tzinfo=UTC)
    assert (first.tickets, first.released_at) == (4, corrected_at)
    assert (second.tickets, second.released_at, second.created_at) == (5, None, corrected_at)


def test_T_12_an_allocation_that_billing_made_is_not_taken_for_a_balance(tmp_path):
    import_lines(tmp_path, *AGREED, line("allocation"))
    opening = Allocation.objects.get()
    covered = Allocation.objects.create(
        contract=opening.contract, month=opening.month, kind="time_entry", source_id=opening.source_id, seconds=60,
        created_at=opening.created_at,
    )  # fmt: skip

    import_lines(tmp_path, line("allocation", hours="1.00"))

    covered.refresh_from_db()
    assert covered.seconds == 60
    assert Allocation.objects.get(kind="opening", released_at=None).seconds == 3600
    # No time entry stands behind it: the books would not be right.
    Allocation.objects.filter(pk=covered.pk).update(released_at=covered.created_at)


def test_T_12_a_released_balance_stays_as_it_is_and_the_id_makes_a_new_one(tmp_path):
    import_lines(tmp_path, *AGREED, line("allocation"))
    Allocation.objects.update(released_at=datetime(2026, 2, 1, tzinfo=UTC))

    _, out, _ = import_lines(tmp_path, line("allocation", tickets=1))

    assert out == ["allocation: 1 created, 0 updated, 0 unchanged"]
    assert list(Allocation.objects.order_by("pk").values_list("tickets", flat=True)) == [4, 1]


@pytest.mark.parametrize("key", ["contract", "month"])
def test_T_12_what_a_balance_needs_is_asked_for(tmp_path, key):
    assert problems(tmp_path, *AGREED, line("allocation", **{key: GONE})) == [f"line 3: {key}: is missing"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"contract": "c9"}, 'contract: there is no contract "c9"'),
        ({"month": "2026-13"}, 'month: must be a month YYYY-MM, not "2026-13"'),
        ({"month": "2026-01-01"}, 'month: must be a month YYYY-MM, not "2026-01-01"'),
        ({"month": 202601}, "month: must be a month YYYY-MM, not 202601"),
        ({"month": "0026-01"}, 'month: is outside the years 1970 to 2199: "0026-01"'),
        ({"month": "2025-12"}, "month: is not a month of the contract"),
        ({"tickets": -1}, "tickets: must be between 0 and 1000000, not -1"),
        ({"tickets": "4"}, 'tickets: must be a whole number, not "4"'),
        ({"hours": "-0.25"}, "hours: must not be negative"),
        ({"hours": 18.5}, 'hours: must be a decimal in quotes such as "1.50", not the number 18.5'),
        ({"hours": "0.00001"}, 'hours: is not a whole number of seconds: "0.00001" h'),
        ({"tickets": GONE, "hours": GONE}, "tickets: is missing (or give hours)"),
        ({"tickets": 0, "hours": None}, "tickets: is missing (or give hours)"),
    ],
)
def test_T_12_a_line_that_makes_no_sense_is_refused(tmp_path, changes, problem):
    assert problems(tmp_path, *AGREED, line("allocation", **changes)) == [f"line 3: {problem}"]


def test_T_12_a_balance_of_a_month_after_the_contract_s_end_is_refused(tmp_path):
    import_lines(tmp_path, *AGREED)

    ended = problems(tmp_path, usual("contract", end_date="2026-02-10"), line("allocation", month="2026-03"))
    within = import_lines(tmp_path, usual("contract", end_date="2026-02-10"), line("allocation", month="2026-02"))
    stored = problems(tmp_path, line("allocation", id="b2", month="2026-03"))

    assert ended == ["line 2: month: is not a month of the contract"]
    assert within[0] == 0
    assert stored == ["line 1: month: is not a month of the contract"]


def test_T_12_a_balance_does_not_move_to_another_contract(tmp_path):
    import_lines(tmp_path, *AGREED, *OTHERS, line("allocation"))

    found = problems(tmp_path, line("allocation", contract="c2"))

    assert found == ['line 1: contract: cannot change from "c1" to "c2"']


def test_T_12_prepaid_20_h_of_which_18_5_are_used_leave_1_5_h_for_a_ticket_of_3_h(tmp_path):
    import_lines(
        tmp_path, usual("client", automation="draft"), usual("contract", included_hours="20", hourly_rate="100")
    )
    import_lines(tmp_path, {"type": "allocation", "id": "b1", "contract": "c1", "month": "2026-01", "hours": "18.50"})
    import_lines(tmp_path, usual("ticket"), usual("time_entry", hours_worked="3.00"))

    story = Story(tmp_path).bill()

    assert story.lines() == ["time 1.5 @ 100 = 15000"]
    assert story.used() == {"2026-01": (0, 72000)}
