"""The figures of billing against their targets."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import config
from config.targets import Targets
from invoicing.display import figure, money, sums
from invoicing.models import Invoice
from office.home import of_runs
from office.home.kpi import NONE, TENTH, Kpi, duration, share, tickets
from office.home.links import list_of
from office.home.measured import ONE, Measured
from rating.money import amount
from tickets.models import Ticket


def kpis(measured: Measured, *, waits: int | None) -> list[Kpi]:
    """All figures; `waits` is for how many seconds the oldest due ticket has waited, None where none does."""
    targets = config.billing().targets
    lately = [one for one in measured.attempts if one.lately]
    return [
        coverage(measured, targets),
        close_to_invoice(measured, targets),
        queue_wait(measured, targets, waits),
        of_runs.success(lately, targets),
        of_runs.failures(lately, targets),
        of_runs.job_time(lately, targets),
        of_runs.throughput(measured),
        of_runs.without_a_person(measured.attempts),
        of_runs.hours_saved(measured.attempts, targets),
        unbilled_value(measured),
        revenue(measured, targets),
    ]


def coverage(measured: Measured, targets: Targets) -> Kpi:
    """Billed or covered tickets among those that should be."""
    found = measured.finished
    whole = found.settled + found.held + found.late
    note = _("%(open)s of %(all)s still open") % {"open": found.held + found.late, "all": whole} if whole else ""
    if found.not_enrolled:
        note += "; " * bool(note) + _("%(number)s of clients who are not enrolled") % {"number": found.not_enrolled}
    return Kpi(
        _("Billing coverage"), share(found.settled, whole),
        _("Tickets finished in the last 30 days that are billed or covered, among all that are, that wait although "
          "they are due, or that are held. Tickets with nothing to bill, waived ones, and those of clients who are not "
          "enrolled are left out."),
        note, _("at least %(percent)s %%") % {"percent": figure(targets.coverage_percent)},
        found.settled * 100 >= targets.coverage_percent * whole if whole else None,
        list_of(Ticket, billing_status__exact="held"),
    )  # fmt: skip


def close_to_invoice(measured: Measured, targets: Targets) -> Kpi:
    """From the moment at which a ticket is due to its line."""
    found = measured.finished
    note = ""
    if found.due_median is not None:
        note = _("half within %(half)s; counted from closing %(raw_half)s and %(raw)s") % {
            "half": duration(found.due_median), "raw_half": duration(found.raw_median or 0),
            "raw": duration(found.raw_most or 0),
        }  # fmt: skip
    return Kpi(
        _("Time to invoice"), NONE if found.due_most is None else duration(found.due_most),
        _("Within this time 95 of 100 tickets finished in the last 7 days got their line on a draft, counted from when "
          "they were due: closing and the delay of the settings. Tickets above the threshold, which a person approves, "
          "are left out."),
        note, _("at most %(time)s") % {"time": duration(targets.invoice_seconds)},
        None if found.due_most is None else found.due_most <= targets.invoice_seconds,
        list_of(Ticket, billing_status__exact="billed"),
    )  # fmt: skip


def queue_wait(measured: Measured, targets: Targets, waits: int | None) -> Kpi:
    """How long the oldest due ticket has waited, and what lies in the broker."""
    depths = measured.depths
    return Kpi(
        _("Queue wait"), duration(waits or 0),
        _("For how long the oldest ticket that is due has waited for a worker, now. Messages are those in the queues "
          "of the broker; they are only hints, what is due is in the database."),
        _("the broker does not answer") if depths is None
        else ngettext("%(number)s message in the queues", "%(number)s messages in the queues", sum(depths.values()))
        % {"number": sum(depths.values())},
        _("at most %(time)s") % {"time": duration(targets.queue_seconds)}, (waits or 0) <= targets.queue_seconds,
        list_of(Ticket, billing_status__exact="unbilled", status__exact="closed"),
    )  # fmt: skip


def unbilled_value(measured: Measured) -> Kpi:
    """What waits and what is held, in money."""
    worth: dict[str, int] = {}
    for _number, by_currency in measured.unbilled.values():
        for code, cents in by_currency.items():
            worth[code] = worth.get(code, 0) + cents
    number = sum(found for found, _worth in measured.unbilled.values())
    return Kpi(
        _("Unbilled work"), sums(worth) if worth else NONE,
        _("Finished tickets that wait or are held: their time at the rate of the entry, the contract or the client, "
          "and their expenses. An estimate: without fees, allowances, minimum and rounding."),
        tickets(number), url=list_of(Ticket, billing_status__exact="held"),
    )  # fmt: skip


def revenue(measured: Measured, targets: Targets) -> Kpi:
    """Documents of the last 30 days, and how that compares with before."""
    code = config.billing().currency
    cents = measured.issued.get(code, 0)
    others = {other: value for other, value in measured.issued.items() if other != code}
    note = _("and %(sums)s") % {"sums": sums(others)} if others else ""
    if not targets.revenue_baseline:
        note = "; ".join(filter(None, [_("no figure of before to compare with"), note]))
    else:
        before = amount(ONE, targets.revenue_baseline, currency=code)
        change = ((Decimal(cents) * 100 / before) - 100).quantize(TENTH)
        note = _("%(change)s %% against %(before)s before") % {
            "change": f"{change:+}", "before": money(before, code),
        } + "; " * bool(note) + note  # fmt: skip
    return Kpi(
        _("Revenue in 30 days"), money(cents, code),
        _("Documents issued in the last 30 days after discounts and before tax, less what was cancelled or credited in "
          "that time. The figure of before is BILLING_REVENUE_BASELINE."),
        note, url=list_of(Invoice, status__exact="open"),
    )  # fmt: skip
