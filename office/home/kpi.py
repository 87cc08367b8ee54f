"""A figure of the first page, and how times and shares are said."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invoicing.display import figure

TENTH: Final = Decimal("0.1")
NONE: Final = "–"
# Up to these, the smaller unit says more.
SECONDS_TO: Final = 120
MINUTES_TO: Final = 2 * 3600
HOURS_TO: Final = 48 * 3600
SECOND: Final = 1000


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure. `good` is None where there is no target, or nothing to judge; `target` says it in words."""

    label: str
    value: str
    means: str
    note: str = ""
    target: str = ""
    good: bool | None = None
    url: str = ""


def tickets(number: int) -> str:
    """So many tickets."""
    return ngettext("%(number)s ticket", "%(number)s tickets", number) % {"number": number}


def duration(seconds: int) -> str:
    """As people say it: "40 s", "12 min", "3 h 20 min", "5 days"."""
    if seconds < SECONDS_TO:
        return _("%(number)s s") % {"number": seconds}
    if seconds < MINUTES_TO:
        return _("%(number)s min") % {"number": seconds // 60}
    if seconds < HOURS_TO:
        return _("%(hours)s h %(minutes)s min") % {"hours": seconds // 3600, "minutes": seconds % 3600 // 60}
    return _("%(number)s days") % {"number": seconds // 86_400}


def short_time(milliseconds: int) -> str:
    """A time that may be below a second: "250 ms", "2.5 s"."""
    if milliseconds >= SECONDS_TO * SECOND:
        return duration(milliseconds // SECOND)
    if milliseconds < SECOND:
        return _("%(number)s ms") % {"number": milliseconds}
    seconds = (Decimal(milliseconds) / SECOND).quantize(TENTH)
    return _("%(number)s s") % {"number": figure(seconds)}


def share(part: int, whole: int) -> str:
    """Per cent, rounded down, so that 100 means all."""
    if not whole:
        return NONE
    return f"{figure((Decimal(part * 100) / whole).quantize(TENTH, ROUND_DOWN))} %"
