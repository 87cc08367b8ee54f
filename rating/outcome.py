"""What becomes of a ticket's work when it is rated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rating.charge import Charge, Source
    from rating.coverage import Allocation

NO_RATE = "no_rate"
NO_TIME_ENTRIES = "no_time_entries"
BELOW_MINIMUM = "below_minimum"
NOTHING_TO_BILL = "nothing_to_bill"
ZERO_AMOUNT = "zero_amount"


@dataclass(frozen=True, slots=True)
class Priced:
    """What a strategy makes of the work that no allowance paid for.

    `free` are units that the strategy settles without a line, such as time below the minimum. `reason` is why there
    is no time line; with `no_rate` nothing of the ticket may be billed.
    """

    charges: tuple[Charge, ...] = ()
    free: tuple[Source, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rated:
    """One ticket, rated under one contract: lines, or the reason why there are none.

    `covered` are time entries and fees that allowances paid for wholly, `free` units that are billed with nothing
    (below the minimum, rounded away, without an amount); both are settled with the ticket, without a line. They are
    empty where the work is held or skipped. `allocations` are the uses of allowances, of partly covered entries too.
    `skipped` are the units of work that is skipped with its reason: nothing settles them, unless another part of
    the same ticket is billed, with which they are free.
    """

    strategy: str
    charges: tuple[Charge, ...] = ()
    allocations: tuple[Allocation, ...] = ()
    covered: tuple[Source, ...] = ()
    reason: str = ""
    free: tuple[Source, ...] = ()
    skipped: tuple[Source, ...] = ()
