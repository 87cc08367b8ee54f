"""Single charges arrive by import, and a billed one stays as it was billed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contracts.models import ClientCharge
from invoicing.models import InvoiceLine
from invoicing.recurring import bill_recurring

from .charge_lines import AGREED, OTHERS, line
from .lines import GONE, import_lines, problems
from .lines import line as usual

pytestmark = pytest.mark.django_db


def test_a_charge_is_stored_with_its_tax(tmp_path):
    code, out, _ = import_lines(tmp_path, line("charge", tax_rate="7", goods=True), *AGREED)

    charge = ClientCharge.objects.get()
    assert (code, out[-1]) == (0, "charge: 1 created, 0 updated, 0 unchanged")
    assert (charge.external_id, charge.client.external_id, charge.description) == ("z1", "acme", "Rack")
    assert (charge.charged_on, charge.quantity, charge.unit_price) == (date(2026, 1, 15), Decimal(1), Decimal("10.00"))
    assert (charge.tax_rate, charge.goods) == (Decimal(7), True)


def test_an_unbilled_charge_may_change_and_null_clears_its_tax_rate(tmp_path):
    import_lines(tmp_path, *AGREED, line("charge", tax_rate="7"))

    code, _, _ = import_lines(tmp_path, {"type": "charge", "id": "z1", "quantity": "0.5", "tax_rate": None})

    charge = ClientCharge.objects.get()
    assert code == 0
    assert (charge.quantity, charge.tax_rate) == (Decimal("0.5"), None)


@pytest.mark.parametrize("key", ["client", "date", "description", "quantity", "unit_price"])
def test_what_a_charge_needs_is_asked_for(tmp_path, key):
    assert problems(tmp_path, *AGREED, line("charge", **{key: GONE})) == [f"line 3: {key}: is missing"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"client": "nobody"}, 'client: there is no client "nobody"'),
        ({"client": None}, "client: must not be null"),
        ({"date": "15.01.2026"}, 'date: must be a date YYYY-MM-DD, not "15.01.2026"'),
        ({"quantity": "-2"}, "quantity: must not be negative"),
        ({"unit_price": "-10.00"}, "unit_price: must not be negative"),
        ({"tax_rate": "101"}, 'tax_rate: must be at most 100, not "101"'),
        ({"goods": 1}, "goods: must be true or false, not 1"),
        ({"billed_elsewhere": "A-17"}, "billed_elsewhere: is not a known key"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(tmp_path, changes, problem):
    assert problems(tmp_path, *AGREED, line("charge", **changes)) == [f"line 3: {problem}"]


def test_a_charge_does_not_move_to_another_client(tmp_path):
    import_lines(tmp_path, *AGREED, *OTHERS, line("charge"))

    assert problems(tmp_path, line("charge", client="other")) == [
        'line 1: client: cannot change from "acme" to "other"'
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("date", "2026-01-16"), ("description", "Shelf"), ("quantity", "2"), ("unit_price", "11.00"), ("tax_rate", "7"),
        ("goods", True),
    ],
)  # fmt: skip
def test_a_billed_charge_does_not_change(tmp_path, key, value):
    import_lines(tmp_path, usual("client", automation="draft"), line("charge"))
    list(bill_recurring(at=datetime(2026, 2, 1, 9, tzinfo=UTC)))

    found = problems(tmp_path, {"type": "charge", "id": "z1", key: value})
    again = import_lines(tmp_path, line("charge"))

    assert found == [f"line 1: {key}: cannot change: it is billed on a draft"]
    assert again[1] == ["charge: 0 created, 0 updated, 1 unchanged"]
    assert InvoiceLine.objects.get().amount_cents == 1000
