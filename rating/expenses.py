"""Materials and outlays on a ticket: always billed, whatever the strategy and the allowances."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rating.charge import Charge
from rating.explanation import Explanation, Value
from rating.sources import EXPENSE, expense_source

if TYPE_CHECKING:
    from rating.terms import Terms
    from rating.work import ExpenseItem, Work

RULE: Final = "expense"
VERSION: Final = 1


def expense_charges(work: Work, terms: Terms) -> tuple[Charge, ...]:
    """One line per expense, by date and id, each with its own tax rate."""
    items = sorted(work.expenses, key=lambda expense: (expense.incurred_on, expense.id))
    return tuple(_charge(work, expense, terms) for expense in items)


def _charge(work: Work, expense: ExpenseItem, terms: Terms) -> Charge:
    inputs: dict[str, Value] = {
        "expense": expense.reference,
        "incurred_on": expense.incurred_on.isoformat(),
        "quantity": expense.quantity,
        "unit_price": expense.unit_price,
        "currency": terms.currency,
    }
    charge = Charge.of(
        EXPENSE,
        f"Ticket {work.number}: {expense.description}",
        quantity=expense.quantity,
        unit_price=expense.unit_price,
        currency=terms.currency,
        explanation=Explanation(RULE, VERSION, inputs),
        tax_rate=expense.tax_rate,
        goods=expense.goods,
    )
    return replace(charge, sources=(expense_source(expense, charge.amount_cents),))
