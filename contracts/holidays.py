"""Public holidays of a country and its regions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from rating.terms import no_holidays


@lru_cache(maxsize=256)
def calendar(country: str, region: str) -> Callable[[date], bool]:
    """Whether a day is a holiday there. A region that the calendar does not know has its country's holidays."""
    import holidays  # takes a third of a second, and not every process asks

    try:
        days = holidays.country_holidays(country, subdiv=region or None)
    except NotImplementedError:
        if region:
            return calendar(country, "")
        return no_holidays

    def is_holiday(day: date) -> bool:
        return day in days

    return is_holiday
