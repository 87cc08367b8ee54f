"""How the seconds of one call are counted: by the second, by the minute, or in steps (G-05)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rating.numerals import MINUTE

PER_SECOND: Final = "per_second"
PER_MINUTE: Final = "per_minute"
_STEPS = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True)
class Metering:
    """A first step that every call takes, then as many next steps as it needs, both in seconds from 1 on.

    1/1 is by the second, 60/60 by the minute.
    """

    first_seconds: int = 1
    next_seconds: int = 1

    def __post_init__(self) -> None:
        if self.first_seconds < 1 or self.next_seconds < 1:
            raise ValueError(
                f"A step of metering takes 1 second or more, not {self.first_seconds} and {self.next_seconds}."
            )

    def seconds(self, duration: int) -> int:
        """Metered seconds of one call; a call of no length has none. Raises ValueError for a negative length."""
        if duration < 0:
            raise ValueError(f"A call cannot take {duration} seconds.")
        if duration == 0:
            return 0
        steps = -(-max(0, duration - self.first_seconds) // self.next_seconds)
        return self.first_seconds + steps * self.next_seconds

    @classmethod
    def parse(cls, text: str) -> Metering:
        """From "per_second", "per_minute" or "60/6". Raises ValueError, with a sentence, for all else."""
        if text == PER_SECOND:
            return cls()
        if text == PER_MINUTE:
            return cls(MINUTE, MINUTE)
        steps = _STEPS.fullmatch(text)
        if steps is None:
            raise ValueError(
                f"{text!r} is no metering; write {PER_SECOND}, {PER_MINUTE} or the seconds of the first and of each "
                "next step, such as 60/6."
            )
        return cls(int(steps[1]), int(steps[2]))

    def as_text(self) -> str:
        """What `parse` reads: "per_second", "per_minute", else "60/6"."""
        known = {(1, 1): PER_SECOND, (MINUTE, MINUTE): PER_MINUTE}
        steps = (self.first_seconds, self.next_seconds)
        return known.get(steps, f"{self.first_seconds}/{self.next_seconds}")
