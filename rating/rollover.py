"""Prepaid hours whose rest rolls over: what is left of them in a month, the oldest used first.

An allowance is granted for each calendar month in which the contract is in force, whole for a month partly in force.
What a month leaves stays usable for so many months, or for ever. Nothing is stored but the uses: late work in an
earlier month changes only which month's hours the later uses are counted against.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class MonthOfHours:
    """One month of an account, in seconds. `rolled_over` is what earlier months left and is still usable.

    `used` is what was recorded; where it is more than there was, nothing is `left`.
    """

    granted: int = 0
    rolled_over: int = 0
    used: int = 0
    left: int = 0

    @property
    def served(self) -> int:
        """What the account could pay for; a use beyond it weighs on no other month."""
        return self.granted + self.rolled_over - self.left


@dataclass(frozen=True, slots=True)
class HourAccount:
    """The prepaid hours of one contract: `granted` seconds for each month from that of `start` to that of `end`.

    `end` None: open. `months` is how many months later the rest of a month can still be used; None: for ever.
    `used` are the recorded seconds by first of month.
    """

    granted: int
    start: date
    end: date | None
    months: int | None
    used: Mapping[date, int]

    def __post_init__(self) -> None:
        if self.granted < 0 or (self.months is not None and self.months < 0):
            raise ValueError(f"{self.granted} s a month, usable for {self.months} months, cannot be agreed.")

    def month(self, month: date) -> MonthOfHours:
        """How that month went, from the uses recorded up to it; all zero before the contract starts."""
        place = self._place(month)
        if place < 0:
            return MonthOfHours(used=self.used.get(month, 0))
        *_, reached = self._walk(self._first_of(self._earliest(place)), place)
        return reached

    def left(self, month: date) -> int:
        """Seconds that more work in that month may still use, so that all that is recorded stays paid for.

        Uses of the months a to b are paid by what was granted from `months` before a up to b. The new use fits if it
        fits into every such span around its month; the least room of any of them is what is left.
        """
        place = self._place(month)
        if place < 0:
            return 0
        earliest, last = self._earliest(place), max([place, *(self._place(used) for used in self.used)])
        first = self._first_of(earliest)
        sums = accumulate((one.served for one in self._walk(first, last)), initial=0)
        served = dict(enumerate(sums, first))
        after = min(self._granted_before(b) - served[b] for b in range(place + 1, last + 2))
        if self.months is None:
            return after
        # Before the earliest use nothing was served: of the spans that begin there the shortest has the least room.
        return after + min(served[a] - self._granted_before(self._first_of(a)) for a in range(earliest, place + 1))

    def after(self, month: date, seconds: int) -> HourAccount:
        """The account after a further use in that month."""
        return replace(self, used={**self.used, month: self.used.get(month, 0) + seconds})

    def _earliest(self, place: int) -> int:
        """The first month with a use, `place` where that is earlier."""
        return min([place, *(used for used in map(self._place, self.used) if used >= 0)])

    def _first_of(self, place: int) -> int:
        """The first month whose hours can still be used at that place."""
        return 0 if self.months is None else max(0, place - self.months)

    def _walk(self, first: int, last: int) -> Iterator[MonthOfHours]:
        """Month by month, each use taken from the oldest hours still usable; what is before `first` has expired."""
        used = {self._place(month): seconds for month, seconds in self.used.items()}
        rests: deque[tuple[int, int]] = deque()
        left = 0
        for place in range(first, last + 1):
            while rests and self.months is not None and rests[0][0] + self.months < place:
                left -= rests.popleft()[1]
            rolled_over, owed = left, used.get(place, 0)
            granted = self._granted_before(place + 1) - self._granted_before(place)
            if granted:
                rests.append((place, granted))
            left += granted
            left -= min(owed, left)
            while owed and rests:
                oldest, rest = rests.popleft()
                if rest > owed:
                    rests.appendleft((oldest, rest - owed))
                owed -= min(owed, rest)
            yield MonthOfHours(granted, rolled_over, used.get(place, 0), left)

    def _granted_before(self, count: int) -> int:
        """What the first `count` months were granted together."""
        in_force = count if self.end is None else min(count, self._place(self.end) + 1)
        return self.granted * max(0, in_force)

    def _place(self, day: date) -> int:
        """Months since the start."""
        return (day.year - self.start.year) * 12 + day.month - self.start.month
