"""The charts of the first page."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

import config
from invoicing.display import money, sums
from office.charts import Chart, Series, stacked
from office.home.kpi import tickets
from office.home.measured import DAYS, WEEKS, Measured
from tickets.run import FAILED


def graphs(measured: Measured) -> list[Chart]:
    """All charts. Amounts are of the house's currency; what is billed in others stands in the text."""
    return [revenue(measured), billed(measured), unbilled(measured), errors(measured)]


def revenue(measured: Measured) -> Chart:
    """Billed work by automation and by hand in twelve weeks."""
    code = config.billing().currency
    today = measured.at.astimezone(config.billing().zone).date()
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    both = []
    for by_hand, name in ((False, _("automation")), (True, _("by hand"))):
        cents = [measured.revenue.get((week, by_hand), {}).get(code, 0) for week in weeks]
        both.append(Series(name, [max(0, value) for value in cents], [money(value, code) for value in cents]))
    others = {
        other for by_currency in measured.revenue.values() for other in by_currency if other != code
    }  # fmt: skip
    text = _("Work billed in each of the last twelve weeks, before tax and discounts, and what was taken back later.")
    if others:
        text += " " + _("Without what was billed in %(currencies)s.") % {"currencies": ", ".join(sorted(others))}
    highest = max(one + other for one, other in zip(both[0].values, both[1].values, strict=True))
    labels = [_short(week) for week in weeks]
    return stacked("revenue", _("Revenue per week"), text, labels=labels, series=both, top=money(highest, code))


def billed(measured: Measured) -> Chart:
    """Tickets billed on each of the last days."""
    today = timezone.localdate(measured.at, config.billing().zone)
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    counted = dict.fromkeys(days, 0)
    for hour, number in measured.billed_by_hour.items():
        day = _day(hour)
        if day in counted:
            counted[day] += number
    values = list(counted.values())
    text = _("Tickets that were billed or found covered on each of the last fourteen days.")
    labels = [_short(day) for day in days]
    series = [Series(_("tickets"), values, [str(value) for value in values])]
    return stacked("billed", _("Tickets billed per day"), text, labels=labels, series=series, top=str(max(values)))


def unbilled(measured: Measured) -> Chart:
    """What finished work is still worth, by its age."""
    code = config.billing().currency
    ages = {
        "week": _("to 7 days"), "month": _("to 30 days"), "quarter": _("to 90 days"), "older": _("older"),
    }  # fmt: skip
    found = [measured.unbilled.get(age, (0, {})) for age in ages]
    values = [worth.get(code, 0) for _number, worth in found]
    texts = [f"{sums(worth)}, {tickets(number)}" for number, worth in found]
    text = _("Estimated value of finished tickets that wait or are held, by the time since they were finished.")
    series = [Series(_("value"), values, texts)]
    top = money(max(values), code)
    return stacked("unbilled", _("Unbilled work by age"), text, labels=list(ages.values()), series=series, top=top)


def errors(measured: Measured) -> Chart:
    """Failed attempts of the last week by kind of error, the most frequent first."""
    counted: dict[str, int] = {}
    for one in measured.attempts:
        if one.lately and one.outcome == FAILED:
            counted[one.reason] = counted.get(one.reason, 0) + one.tickets
    most = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:5]
    values = [number for _reason, number in most]
    series = [Series(_("attempts"), values, [str(value) for value in values])]
    text = _("Failed attempts to bill a ticket in the last 7 days, by kind of error.")
    top = str(values[0]) if values else ""
    return stacked("errors", _("Errors"), text, labels=[reason for reason, _number in most], series=series, top=top)


def _short(day: date) -> str:
    return date_format(day, pgettext("a day below a chart, in Django's letters", "j M"))


def _day(hour: datetime) -> date:
    return hour.astimezone(config.billing().zone).date()
