"""Expenses: material and outlays on a ticket."""

from __future__ import annotations

from office.importing.claimed import claim_mark, frozen, marked, release_mark
from office.importing.keys import Of
from office.importing.record_type import RecordType
from tickets.models import Expense

of = Of(Expense)

EXPENSE = RecordType(
    "expense",
    Expense,
    keys=(
        of.reference("ticket", "ticket", fixed=True),
        of.day("date", "incurred_on"),
        of.text("description"),
        of.decimal("quantity"),
        of.decimal("unit_price"),
        of.decimal("tax_rate", most=100),
        of.boolean("goods"),
        of.text("billed_elsewhere"),
    ),
    belongs_to="ticket",
    checks=(
        marked("expense"),
        *frozen(
            "expense",
            (
                ("date", "i.incurred_on", "t.incurred_on"),
                ("description", "i.description", "t.description"),
                ("quantity", "i.quantity", "t.quantity"),
                ("unit_price", "i.unit_price", "t.unit_price"),
                ("tax_rate", "i.tax_rate", "t.tax_rate"),
                ("goods", "i.goods", "t.goods"),
            ),
        ),
    ),
    before=(release_mark("expense", "expense"),),
    after=(claim_mark("expense", "expense", "tickets_expense"),),
)
