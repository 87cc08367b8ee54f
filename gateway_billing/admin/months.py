"""The month that a page is about, with the way to the months beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404

import config
from rating.period import BillingPeriod


@dataclass(frozen=True, slots=True)
class ChosenMonth:
    """A month in the issuer's zone. `following` is "" where that month has not begun."""

    period: BillingPeriod
    previous: str
    following: str

    @property
    def label(self) -> str:
        """The month as "2026-10"."""
        return self.period.label()

    @property
    def first_day(self) -> date:
        """Its first day, for templates."""
        return self.period.first_day


def chosen_month(label: str, *, at: datetime) -> ChosenMonth:
    """The month of the address; without one the last that is over. Raises Http404 for none, or one to come."""
    zone = config.billing().zone
    try:
        period = BillingPeriod.from_label(label, zone) if label else BillingPeriod.previous_month(at, zone)
        before, after = _month_of(period.first_day - timedelta(days=1)), _month_of(period.last_day + timedelta(days=1))
    except (ValueError, OverflowError) as problem:
        raise Http404(str(problem)) from problem
    if at < period.start:
        raise Http404(f"{period.label()} has not begun")
    return ChosenMonth(period, f"{before:%Y-%m}", f"{after:%Y-%m}" if period.end <= at else "")


def months_back(number: int, *, at: datetime) -> list[str]:
    """The labels of this month and those before it, the newest first."""
    month = BillingPeriod.current_month(at, config.billing().zone).first_day
    found = []
    for _ in range(number):
        found.append(f"{month:%Y-%m}")
        month = _month_of(month - timedelta(days=1))
    return found


def month_context(month: ChosenMonth, name: str, *rest: Any) -> dict[str, Any]:
    """What the line of links above the page needs; `name` is the address, `rest` what follows the month in it."""
    return {"month": month, "month_page": name, "month_rest": rest}


def _month_of(day: date) -> date:
    return day.replace(day=1)
