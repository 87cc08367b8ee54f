"""What was done on a ticket: the facts that rating prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class WorkedTime:
    """One time entry. Times are whole seconds; `started_at` is aware; a rate is per hour in major units.

    `covered_seconds` is the part that an allowance has paid for, so that only the rest is left to price.
    """

    id: int
    reference: str
    worked_on: date
    seconds: int
    started_at: datetime | None = None
    hourly_rate: Decimal | None = None
    work_type: str = ""
    emergency: bool = False
    covered_seconds: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.covered_seconds <= self.seconds:
            raise ValueError(
                f"Time entry {self.reference}: {self.covered_seconds} covered of {self.seconds} seconds cannot be."
            )

    @property
    def remaining(self) -> int:
        """Seconds that no allowance has paid for."""
        return self.seconds - self.covered_seconds


@dataclass(frozen=True, slots=True)
class ExpenseItem:
    """Material or an outlay on a ticket. The price is in major units; a tax rate of None is the usual one."""

    id: int
    reference: str
    incurred_on: date
    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal | None = None
    goods: bool = False


@dataclass(frozen=True, slots=True)
class Fee:
    """The price of one ticket, in major units. `origin` is contract or assignment; `source_id` is the ticket's id."""

    source_id: int
    unit_price: Decimal
    origin: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """The part of one ticket that falls under one contract.

    `counts_as_ticket` is False for work that comes after the ticket was billed, and for the part of a ticket under a
    second contract: it uses no included ticket, and it may consist of expenses alone.
    """

    number: str
    subject: str
    time: tuple[WorkedTime, ...] = ()
    fee: Fee | None = None
    expenses: tuple[ExpenseItem, ...] = ()
    ticket_id: int = 0
    closed_on: date | None = None
    counts_as_ticket: bool = True

    @property
    def has_fee(self) -> bool:
        """Whether there is a fee to charge; a fee of 0 is none."""
        return self.fee is not None and self.fee.unit_price > 0


def in_order(time: Iterable[WorkedTime]) -> list[WorkedTime]:
    """Entries by work date, start and id; those without a start come last in their day."""
    return sorted(time, key=_place)


def _place(entry: WorkedTime) -> tuple[date, bool, datetime | date, int]:
    start = entry.started_at
    return (entry.worked_on, start is None, start or entry.worked_on, entry.id)
