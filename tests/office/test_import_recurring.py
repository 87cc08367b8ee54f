"""Recurring charges arrive by import, and what was billed of them stays as it was billed (T-26)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contracts.models import Contract, RecurringCharge
from invoicing.models import Invoice, InvoiceLine
from invoicing.recurring import bill_recurring

from .charge_lines import AGREED, LINES, OTHERS, line
from .lines import GONE, import_lines, problems
from .lines import line as usual

pytestmark = pytest.mark.django_db

FEBRUARY = datetime(2026, 2, 1, 9, tzinfo=UTC)


def billed(folder, **changes):
    """January and February of "m1" are billed."""
    import_lines(folder, usual("client", automation="draft"), usual("contract"), line("recurring_charge", **changes))
    list(bill_recurring(at=FEBRUARY))


def test_T_26_a_recurring_charge_is_stored_with_its_terms(tmp_path):
    terms = {"valid_to": "2026-12-31", "interval": "quarterly", "timing": "arrears", "prorate": True}

    code, out, _ = import_lines(tmp_path, line("recurring_charge", **terms), *AGREED)

    charge = RecurringCharge.objects.get()
    assert (code, out[-1]) == (0, "recurring_charge: 1 created, 0 updated, 0 unchanged")
    assert (charge.external_id, charge.contract.external_id, charge.description) == ("m1", "c1", "Managed seat")
    assert (charge.quantity, charge.unit_price) == (Decimal(12), Decimal("19.00"))
    assert (charge.valid_from, charge.valid_to) == (date(2026, 1, 1), date(2026, 12, 31))
    assert (charge.interval, charge.timing, charge.prorate) == ("quarterly", "arrears", True)


def test_T_26_what_a_line_leaves_out_is_a_month_in_advance_without_proration(tmp_path):
    import_lines(tmp_path, *AGREED, line("recurring_charge"))

    charge = RecurringCharge.objects.get()
    assert (charge.interval, charge.timing, charge.prorate, charge.valid_to) == ("monthly", "advance", False, None)


def test_T_26_the_same_line_again_changes_nothing_and_another_one_what_it_says(tmp_path):
    import_lines(tmp_path, *AGREED, line("recurring_charge", valid_to="2026-12-31"))

    again = import_lines(tmp_path, line("recurring_charge", valid_to="2026-12-31"))
    changed = import_lines(
        tmp_path, {"type": "recurring_charge", "id": "m1", "quantity": "13", "valid_to": None, "interval": "yearly"}
    )

    charge = RecurringCharge.objects.get()
    assert again[1] == ["recurring_charge: 0 created, 0 updated, 1 unchanged"]
    assert changed[1] == ["recurring_charge: 0 created, 1 updated, 0 unchanged"]
    assert (charge.quantity, charge.valid_to, charge.interval) == (Decimal(13), None, "yearly")


@pytest.mark.parametrize("key", ["contract", "description", "quantity", "unit_price", "valid_from"])
def test_T_26_what_a_recurring_charge_needs_is_asked_for(tmp_path, key):
    assert problems(tmp_path, *AGREED, line("recurring_charge", **{key: GONE})) == [f"line 3: {key}: is missing"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"contract": "c9"}, 'contract: there is no contract "c9"'),
        ({"contract": None}, "contract: must not be null"),
        ({"description": ""}, "description: must not be empty"),
        ({"quantity": "-1"}, "quantity: must not be negative"),
        ({"unit_price": "-0.01"}, "unit_price: must not be negative"),
        ({"unit_price": "1.00001"}, 'unit_price: has more than 4 decimal places: "1.00001"'),
        ({"unit_price": 19.5}, 'unit_price: must be a decimal in quotes such as "1.50", not the number 19.5'),
        ({"valid_from": "2026-02-30"}, 'valid_from: is no date of the calendar: "2026-02-30"'),
        ({"valid_to": "2025-12-31"}, "valid_to: is before valid_from"),
        ({"interval": "weekly"}, 'interval: must be one of monthly, quarterly, yearly, not "weekly"'),
        ({"timing": "later"}, 'timing: must be one of advance, arrears, not "later"'),
        ({"prorate": "yes"}, 'prorate: must be true or false, not "yes"'),
        ({"client": "acme"}, "client: is not a known key"),
    ],
)
def test_T_26_a_line_that_makes_no_sense_is_refused(tmp_path, changes, problem):
    assert problems(tmp_path, *AGREED, line("recurring_charge", **changes)) == [f"line 3: {problem}"]


def test_T_26_a_recurring_charge_does_not_move_to_the_contract_of_another_client(tmp_path):
    import_lines(tmp_path, *AGREED, *OTHERS, line("recurring_charge"))

    found = problems(tmp_path, line("recurring_charge", contract="c2"))

    assert found == ['line 1: contract: cannot change from "c1" to "c2"']


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("description", "Seat"), ("quantity", "13"), ("unit_price", "20.00"), ("valid_from", "2026-01-02"),
        ("interval", "yearly"), ("timing", "arrears"), ("prorate", True),
    ],
)  # fmt: skip
def test_T_26_what_was_billed_does_not_change_and_its_document_is_named(tmp_path, key, value):
    billed(tmp_path)

    found = problems(tmp_path, {"type": "recurring_charge", "id": "m1", key: value})

    draft = Invoice.objects.get().external_id
    place = f"billed on draft {draft} for 2026-02-01"
    assert f"line 1: {key}: cannot change: it is {place}; end it with valid_to and add a new one" in found


def test_T_26_a_billed_charge_ends_and_its_successor_begins(tmp_path):
    billed(tmp_path)

    code, out, _ = import_lines(
        tmp_path,
        {"type": "recurring_charge", "id": "m1", "valid_to": "2026-02-28"},
        line("recurring_charge", id="m2", valid_from="2026-03-01", unit_price="21.00"),
    )
    list(bill_recurring(at=datetime(2026, 3, 1, 9, tzinfo=UTC)))

    assert (code, out) == (0, ["recurring_charge: 1 created, 1 updated, 0 unchanged"])
    amounts = InvoiceLine.objects.order_by("pk").values_list("amount_cents", flat=True)
    assert list(amounts) == [22800, 22800, 25200]


@pytest.mark.parametrize(("prorate", "ends"), [(False, "2026-01-31"), (True, "2026-02-27")])
def test_T_26_a_charge_does_not_end_within_what_was_billed(tmp_path, prorate, ends):
    billed(tmp_path, prorate=prorate)
    draft = Invoice.objects.get().external_id

    found = problems(tmp_path, {"type": "recurring_charge", "id": "m1", "valid_to": ends})

    assert found == [f"line 1: valid_to: cannot change to this: it is billed on draft {draft} for 2026-02-01"]


def test_T_26_a_contract_does_not_end_within_what_was_billed(tmp_path):
    billed(tmp_path, prorate=True)
    draft = Invoice.objects.get().external_id

    found = problems(tmp_path, {"type": "contract", "id": "c1", "end_date": "2026-02-10"})
    later = import_lines(tmp_path, {"type": "contract", "id": "c1", "end_date": "2026-02-28"})

    assert found == [
        f'line 1: end_date: cannot change: recurring charge "m1" is billed on draft {draft} for 2026-02-01'
    ]
    assert later[0] == 0
    assert Contract.objects.get().end_on == date(2026, 2, 28)


def test_a_line_of_each_type_of_charge_is_known(tmp_path):
    lines = [usual("ticket"), *(line(kind) for kind in LINES)]

    code, out, _ = import_lines(tmp_path, *lines, *AGREED)

    assert code == 0
    assert [count.partition(":")[0] for count in out] == ["client", "contract", "recurring_charge", "charge",
        "allocation", "ticket", "manual_bill"]  # fmt: skip
