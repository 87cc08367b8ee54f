"""Fair use of unlimited plans: what is flagged, what is billed, and what a person must decide (T-13).

One measure (tickets, or seconds) of one contract in one month. The mean counts only where each of the three months
before shows use: a contract without such a history has its fixed limits alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rating.hours import HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

PENDING: Final = "pending"
BILL: Final = "bill"
COVER: Final = "cover"
DECISIONS: Final = (BILL, COVER)
MONTHS_BEFORE: Final = 3

# What people count in, and how many of the measure make one of it.
UNITS: Final = {"tickets": 1, "hours": HOUR}


def months_before(month: date) -> list[date]:
    """The first days of the three months before, the latest first."""
    places = [month.year * 12 + month.month - 2 - back for back in range(MONTHS_BEFORE)]
    return [month.replace(year=place // 12, month=place % 12 + 1) for place in places]


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of one measure; None: there is no such level. `decision` is a person's, of the month.

    More than `soft`, or than twice the mean of the months before, is flagged. More than `thrice` the mean waits for a
    decision: bill the excess, or leave it covered. More than `hard` is billed.
    """

    soft: int | None = None
    hard: int | None = None
    twice: int | None = None
    thrice: int | None = None
    decision: str = PENDING

    @classmethod
    def of(cls, soft: int | None, hard: int | None, before: Sequence[int], decision: str = PENDING) -> Levels:
        """The levels of a month after those `before`. Raises ValueError for a decision that nobody can make."""
        if decision not in (PENDING, *DECISIONS):
            raise ValueError(f"The decision {decision!r} is not known; it is one of {', '.join(DECISIONS)}.")
        if len(before) < MONTHS_BEFORE or not all(before):
            return cls(soft, hard, decision=decision)
        total = sum(before[:MONTHS_BEFORE])
        # Uses are whole numbers: they exceed twice the mean exactly where they exceed it rounded down.
        return cls(soft, hard, 2 * total // MONTHS_BEFORE, total, decision)

    @property
    def covered(self) -> int | None:
        """Up to where the plan pays; the rest is billed."""
        if self.decision != BILL or self.thrice is None:
            return self.hard
        return self.thrice if self.hard is None else min(self.hard, self.thrice)

    def wants_decision(self, used: int) -> bool:
        """Whether a person must decide before so much use is covered."""
        return self.decision == PENDING and self.thrice is not None and used > self.thrice

    def findings(self, used: int, unit: str) -> tuple[str, ...]:
        """What so much use is flagged for, as phrases; `unit` is tickets or hours."""
        found = []
        if self.soft is not None and used > self.soft:
            found.append(f"{unit} above {_count(self.soft, unit)}")
        if self.twice is not None and self.thrice is not None and used > self.twice:
            times = 3 if used > self.thrice else 2
            usual = _count(self.thrice, unit, over=MONTHS_BEFORE)
            found.append(f"{unit} above {times} times the usual {usual}")
        return tuple(found)


def _count(number: int, unit: str, *, over: int = 1) -> str:
    """The number in that unit, divided by `over`, with two places where it is not whole."""
    parts = UNITS[unit] * over
    hundredths = (200 * number + parts) // (2 * parts)
    return f"{hundredths // 100}.{hundredths % 100:02d}".removesuffix(".00")
