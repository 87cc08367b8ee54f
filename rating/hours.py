"""Worked time is whole seconds; people type and read decimal hours or h:mm."""

from __future__ import annotations

import re
from decimal import Decimal

HOUR = 3600
_DECIMAL = re.compile(r"(?P<whole>[0-9]{1,9})(?:\.(?P<part>[0-9]{1,9}))?")
_CLOCK = re.compile(r"(?P<hours>[0-9]{1,9}):(?P<minutes>[0-5][0-9])")


def parse_hours(text: str) -> int:
    """Whole seconds of "1.50" or "1:30". Raises ValueError, with a sentence, for all else and for split seconds."""
    typed = text.strip()
    if clock := _CLOCK.fullmatch(typed):
        return int(clock["hours"]) * HOUR + int(clock["minutes"]) * 60
    number = _DECIMAL.fullmatch(typed)
    if number is None:
        raise ValueError(f"{text!r} is no number of hours; write 1.50 or 1:30.")
    part = number["part"] or ""
    scale: int = 10 ** len(part)
    seconds, rest = divmod(int(number["whole"] + part) * HOUR, scale)
    if rest:
        raise ValueError(f"{text!r} hours are not whole seconds; write h:mm or fewer decimal places.")
    return seconds


def decimal_hours(seconds: int) -> Decimal | None:
    """Hours with two places where they say the seconds exactly (a multiple of 36), else None."""
    hundredths, rest = divmod(seconds, 36)
    return None if rest else Decimal(hundredths).scaleb(-2)


def told(seconds: int) -> str:
    """The time as people read it, never rounded: "1.50 h", "0:20 h", "61 s"."""
    hours = decimal_hours(seconds)
    if hours is not None:
        return f"{hours} h"
    return f"{seconds} s" if seconds % 60 else f"{seconds // HOUR}:{seconds % HOUR // 60:02} h"


def shown(seconds: int) -> tuple[Decimal, str, int]:
    """How a line shows time: (quantity, unit, price_per); hours where two places say it exactly, else seconds."""
    hours = decimal_hours(seconds)
    return (Decimal(seconds), "s", HOUR) if hours is None else (hours, "h", 1)
