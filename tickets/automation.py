"""Billing by itself: what may run, what is due, and the nets under the messages (T-01, T-17, T-22)."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Q

import config
from config import BillingSettings, overrides
from invoicing.locks import AlreadyRunning, only_one
from invoicing.switches import ensure_running
from tickets import attempts, billing, second_look
from tickets.balances import Balances
from tickets.models import PlanningBasis, Ticket
from tickets.querysets import TicketQuerySet
from tickets.run import BillingRun

log = structlog.get_logger("billing.tickets")

PAGE = 1000
# A sweep ends well before the time limit of its task; the next one goes on.
SWEEP_SECONDS = 45.0
# Seconds after which every process goes by a stored setting, and what was being billed under the former one is through.
HEARD_BY_ALL = timedelta(seconds=10)


def billing_statuses(settings: BillingSettings) -> tuple[str, ...]:
    """The statuses whose event bills. With both flags off, closing: clients are enrolled one by one then.

    Where resolving bills, closing does as well: a ticket that is closed at once was resolved, too.
    """
    return ("resolved", "closed") if settings.auto_bill_on_resolve else ("closed",)


def due(at: datetime, *, since: datetime | None = None) -> TicketQuerySet:
    """The tickets that automation should have billed by now."""
    tickets = Ticket.objects.awaiting_billing().finished_as(billing_statuses(config.billing())).due(at)
    return tickets if since is None else tickets.filter(finished_at__gte=since)


def bill_due_ticket(ticket_id: int, *, at: datetime) -> int | None:
    """Bill one ticket if it is due; answer the seconds until the next attempt where this one failed."""
    ensure_running()
    if not due(at).filter(pk=ticket_id).exists():
        return None
    result = billing.bill_ticket(ticket_id, at=at)
    return result.retry_in if result else None


def sweep(*, at: datetime) -> Iterator[BillingRun]:
    """Bill what is due, page by page, until nothing is left or the time is up; the next sweep goes on."""
    stop = time.monotonic() + SWEEP_SECONDS
    with closing(_bill_all("sweep", at=at)) as runs:
        for run in runs:
            yield run
            if time.monotonic() > stop:
                return


def catch_up(
    *, at: datetime, since: datetime | None = None, limit: int | None = None, by: str = "system"
) -> Generator[BillingRun]:
    """Bill everything that should have been billed and was not, oldest first, page by page."""
    return _bill_all("catch-up", at=at, since=since, limit=limit, by=by, look_again=True)


def preview(
    *, at: datetime, since: datetime | None = None, limit: int | None = None, look_again: bool = True
) -> Generator[BillingRun]:
    """What `catch_up` would do, or `sweep`, which does not look again; page by page, writes nothing."""
    ensure_running()
    tickets = due(at, since=since)
    if _settings_changed(at=at):
        aside = Ticket.objects.set_aside_by_settings().finished_as(billing_statuses(config.billing())).due(at)
        aside = aside if since is None else aside.filter(finished_at__gte=since)
        tickets = Ticket.objects.filter(Q(pk__in=tickets.values("pk")) | Q(pk__in=aside.values("pk")))
    if look_again and (lifted := list(second_look.lifted(at=at))):
        tickets = Ticket.objects.filter(Q(pk__in=tickets.values("pk")) | Q(pk__in=lifted))
    balances = Balances()
    for ids in _pages(tickets, limit):
        yield billing.plan_tickets(ids, at=at, balances=balances)


def _bill_all(
    name: str,
    *,
    at: datetime,
    since: datetime | None = None,
    limit: int | None = None,
    by: str = "system",
    look_again: bool = False,
) -> Generator[BillingRun]:
    """Raises BillingDisabled, AutomationOff or AlreadyRunning before the first page."""
    ensure_running()
    with only_one(f"tickets.{name}") as alone:
        if not alone:
            raise AlreadyRunning(f"another {name} is running")
        attempts.count_lost_workers(at=at)
        _reconsider_after_settings_change(at=at)
        if look_again and (lifted := second_look.put_back_lifted(at=at)):
            log.info("looked at once more", tickets_put_back=lifted)
        for ids in _pages(due(at, since=since), limit):
            yield billing.bill_tickets(ids, at=at, by=by)
            ensure_running()


def _pages(tickets: TicketQuerySet, limit: int | None) -> Iterator[list[int]]:
    """Pages of ids, oldest first, `limit` in all.

    What was there when a worker died comes last and alone, so that it takes no innocent ticket down again.
    """
    for group, size in ((tickets.filter(lost_workers=0), PAGE), (tickets.filter(lost_workers__gt=0), 1)):
        for ids in group.pages_of_ids(size, limit):
            limit = None if limit is None else limit - len(ids)
            yield ids


def _is_news(at: datetime) -> bool:
    """Whether a stored setting changed so shortly ago that another process may still go by the former one."""
    stored = overrides.known().values()
    at_rest = all(not timedelta(0) <= at - one.changed_at < HEARD_BY_ALL for one in stored)
    return overrides.changed_within(HEARD_BY_ALL.total_seconds()) or not at_rest


def _settings_changed(*, at: datetime) -> bool:
    if _is_news(at):
        return False
    basis = PlanningBasis.objects.values_list("fingerprint", flat=True).first()
    return basis is not None and basis != config.billing().fingerprint()


@transaction.atomic
def _reconsider_after_settings_change(*, at: datetime) -> None:
    """Put back what was set aside under other settings, once nobody goes by those any more."""
    if _is_news(at):
        return
    fingerprint = config.billing().fingerprint()
    basis, created = PlanningBasis.objects.select_for_update().get_or_create(
        defaults={"fingerprint": fingerprint, "changed_at": at}
    )
    if created or basis.fingerprint == fingerprint:
        return
    PlanningBasis.objects.update(fingerprint=fingerprint, changed_at=at)
    back = Ticket.objects.set_aside_by_settings().update(
        billing_status=Ticket.Billing.UNBILLED, billing_reason="", billing_detail="", billing_attempts=0, lost_workers=0
    )
    log.info("settings changed", tickets_put_back=back)
