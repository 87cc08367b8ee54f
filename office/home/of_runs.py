"""Figures of billing runs: whether they ended well, how long they took, and who had them run."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.targets import Targets
from invoicing.display import figure
from office.home.kpi import NONE, TENTH, Kpi, duration, share, short_time, tickets
from office.home.links import list_of
from office.home.measured import Attempts, Measured
from tickets.models import Ticket
from tickets.models.stat import BOUNDS
from tickets.run import FAILED

BILLED = ("charge", "covered")


def success(lately: list[Attempts], targets: Targets) -> Kpi:
    """Attempts that ended well."""
    whole = sum(one.tickets for one in lately)
    failed = sum(one.tickets for one in lately if one.outcome == FAILED)
    return Kpi(
        _("Job success"), share(whole - failed, whole),
        _("Attempts to bill a ticket in the last 7 days that ended with an outcome, whatever it was, among all "
          "attempts. A ticket that failed twice and was then billed counts three times."),
        ngettext("%(number)s attempt", "%(number)s attempts", whole) % {"number": whole} if whole else "",
        _("at least %(percent)s %%") % {"percent": figure(targets.success_percent)},
        (whole - failed) * 100 >= targets.success_percent * whole if whole else None,
        list_of(Ticket, billing_reason="parked"),
    )  # fmt: skip


def failures(lately: list[Attempts], targets: Targets) -> Kpi:
    """Failed attempts among a thousand, and the most frequent kind."""
    whole = sum(one.tickets for one in lately)
    failed = sum(one.tickets for one in lately if one.outcome == FAILED)
    most = max((one for one in lately if one.outcome == FAILED), key=lambda one: one.tickets, default=None)
    rate = figure((Decimal(failed * 1000) / whole).quantize(TENTH)) if whole else NONE
    return Kpi(
        _("Failures per 1000"), rate,
        _("Failed attempts to bill a ticket in the last 7 days, among a thousand attempts."),
        _("most often %(kind)s") % {"kind": most.reason} if most else "",
        _("at most %(number)s") % {"number": targets.failures_per_thousand},
        failed * 1000 <= targets.failures_per_thousand * whole if whole else None,
        list_of(Ticket, billing_reason="parked"),
    )  # fmt: skip


def job_time(lately: list[Attempts], targets: Targets) -> Kpi:
    """How long billing takes, as the ticket has it."""
    whole = sum(one.tickets for one in lately)
    most = _percentile(lately, 95)
    mean = sum(one.milliseconds for one in lately) // whole if whole else 0
    value = (
        NONE
        if not whole
        else _("over %(time)s") % {"time": short_time(BOUNDS[-2])}
        if most == BOUNDS[-1]
        else short_time(most)
    )
    return Kpi(
        _("Job time"), value,
        _("Within this time 95 of 100 tickets of the last 7 days were through the run that considered them, from its "
          "beginning to its commit. A run takes up to a thousand tickets. Times are counted in steps."),
        _("%(time)s on average") % {"time": short_time(mean)} if whole else "",
        _("at most %(time)s") % {"time": duration(targets.job_seconds)},
        most <= targets.job_seconds * 1000 if whole else None,
    )  # fmt: skip


def throughput(measured: Measured) -> Kpi:
    """Tickets billed or covered lately."""
    hours = [(int((measured.at - hour).total_seconds()) // 3600, number)
             for hour, number in measured.billed_by_hour.items()]  # fmt: skip
    hour, day, week = (sum(number for age, number in hours if age < most) for most in (1, 24, 7 * 24))
    return Kpi(
        _("Tickets billed in 24 hours"), str(day),
        _("Tickets that runs billed or found covered, by the clock's full hours."),
        _("%(hour)s this hour, %(week)s in 7 days") % {"hour": hour, "week": week},
        url=list_of(Ticket, billing_status__exact="billed"),
    )  # fmt: skip


def without_a_person(attempts: list[Attempts]) -> Kpi:
    """Who billed."""
    alone, whole = _billed(attempts)
    return Kpi(
        _("Billed without a person"), share(alone, whole),
        _("Tickets that automation billed or found covered in the last 30 days, among all that were. The others were "
          "billed, forced or approved by somebody."),
        _("%(alone)s of %(all)s") % {"alone": alone, "all": tickets(whole)} if whole else "",
        url=list_of(Ticket, billing_status__exact="billed"),
    )  # fmt: skip


def hours_saved(attempts: list[Attempts], targets: Targets) -> Kpi:
    """What that is worth in time."""
    alone, _whole = _billed(attempts)
    hours = (Decimal(alone * targets.manual_invoice_seconds) / 3600).quantize(TENTH, ROUND_DOWN)
    minutes = targets.manual_invoice_seconds // 60
    return Kpi(
        _("Hours saved"), figure(hours),
        _("Tickets that automation billed in the last 30 days, times the minutes that a person would have needed "
          "for each (BILLING_MANUAL_INVOICE_MINUTES)."),
        _("at %(minutes)s minutes for each ticket") % {"minutes": minutes},
    )  # fmt: skip


def _billed(attempts: list[Attempts]) -> tuple[int, int]:
    billed = [one for one in attempts if one.outcome in BILLED]
    return sum(one.tickets for one in billed if not one.by_hand), sum(one.tickets for one in billed)


def _percentile(attempts: list[Attempts], percent: int) -> int:
    """The bound in milliseconds that so many percent of the tickets stayed within; 0 where there are none."""
    wanted, seen = -(-sum(one.tickets for one in attempts) * percent // 100), 0
    for one in sorted(attempts, key=lambda one: one.within_ms):
        seen += one.tickets
        if seen >= wanted:
            return one.within_ms
    return 0
