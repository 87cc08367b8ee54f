"""What the lines of a ticket claim."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from rating.charge import Source

if TYPE_CHECKING:
    from rating.work import ExpenseItem, Fee, WorkedTime

TIME_ENTRY: Final = "time_entry"
TICKET_FEE: Final = "ticket_fee"
EXPENSE: Final = "expense"


def time_source(entry: WorkedTime) -> Source:
    """A time entry with its worked seconds that no allowance paid for; rounding belongs to the line, not to it."""
    return Source(TIME_ENTRY, entry.id, Decimal(entry.remaining), reference=entry.reference)


def fee_source(fee: Fee, cents: int | None = None) -> Source:
    """The fee of a ticket; the amount in minor units where it is charged."""
    return Source(TICKET_FEE, fee.source_id, Decimal(1), cents, reference=fee.reference)


def expense_source(expense: ExpenseItem, cents: int) -> Source:
    """An expense with its own amount in minor units."""
    return Source(EXPENSE, expense.id, expense.quantity, cents, reference=expense.reference)
