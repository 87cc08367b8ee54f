"""What was billed by hand arrives by import, for the comparison before going live (T-18)."""

from __future__ import annotations

import pytest

from tickets.models import ManualBill

from .charge_lines import AGREED, line
from .lines import GONE, import_lines, problems
from .lines import line as usual

pytestmark = pytest.mark.django_db

TICKETS = [*AGREED, usual("ticket")]


def test_T_18_a_manual_bill_is_stored_for_its_ticket(tmp_path):
    code, out, _ = import_lines(tmp_path, line("manual_bill"), *TICKETS)

    bill = ManualBill.objects.get()
    assert (code, out[-1]) == (0, "manual_bill: 1 created, 0 updated, 0 unchanged")
    assert (bill.external_id, bill.ticket.external_id, bill.amount_cents, bill.reference) == ("n1", "t1", 12000, "A-17")


def test_T_18_a_manual_bill_can_be_corrected_and_nothing_is_an_amount(tmp_path):
    import_lines(tmp_path, *TICKETS, line("manual_bill"))

    code, out, _ = import_lines(tmp_path, {"type": "manual_bill", "id": "n1", "amount_cents": 0})

    assert (code, out) == (0, ["manual_bill: 0 created, 1 updated, 0 unchanged"])
    assert ManualBill.objects.get().amount_cents == 0


def test_T_18_a_ticket_may_have_several_manual_bills(tmp_path):
    import_lines(tmp_path, *TICKETS, line("manual_bill"), line("manual_bill", id="n2", reference="A-18"))

    assert ManualBill.objects.count() == 2


@pytest.mark.parametrize("key", ["ticket", "amount_cents", "reference"])
def test_T_18_what_a_manual_bill_needs_is_asked_for(tmp_path, key):
    assert problems(tmp_path, *TICKETS, line("manual_bill", **{key: GONE})) == [f"line 4: {key}: is missing"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"ticket": "t9"}, 'ticket: there is no ticket "t9"'),
        ({"ticket": None}, "ticket: must not be null"),
        ({"amount_cents": -1}, "amount_cents: must be between 0 and 1000000000000000, not -1"),
        ({"amount_cents": "120.00"}, 'amount_cents: must be a whole number, not "120.00"'),
        ({"amount_cents": 120.5}, "amount_cents: must be a whole number, not 120.5"),
        ({"reference": ""}, "reference: must not be empty"),
        ({"date": "2026-01-15"}, "date: is not a known key"),
    ],
)
def test_T_18_a_line_that_makes_no_sense_is_refused(tmp_path, changes, problem):
    assert problems(tmp_path, *TICKETS, line("manual_bill", **changes)) == [f"line 4: {problem}"]


def test_T_18_a_manual_bill_does_not_move_to_another_ticket(tmp_path):
    import_lines(tmp_path, *TICKETS, usual("ticket", id="t2"), line("manual_bill"))

    found = problems(tmp_path, line("manual_bill", ticket="t2"))

    assert found == ['line 1: ticket: cannot change from "t1" to "t2"']
