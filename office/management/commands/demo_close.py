"""Close the demo's month: bill what was imported, decide what needs a person, and close the open tickets."""

from __future__ import annotations

import json
import logging
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from invoicing.locks import AlreadyRunning
from invoicing.management import edges
from invoicing.recurring import bill_recurring
from invoicing.switches import AutomationOff, BillingDisabled
from office.management.demo_decisions import decide
from tickets.automation import catch_up
from tickets.lifecycle import close_ticket
from tickets.models import Ticket

OPEN = (Ticket.Status.OPEN, Ticket.Status.IN_PROGRESS, Ticket.Status.WAITING)


class Command(edges.EdgeCommand):
    help = (
        "Bill what is due, decide about the demo's tickets what people would decide, and close those of them that are "
        "open and have time. Nobody else's ticket is decided about or closed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        edges.add_run_options(parser, formats=False)

    def handle(self, *, dry_run: bool, at: str | None, by: str | None, **_: Any) -> None:
        """Exit 0; 1 in production, and where billing or automation is off."""
        if settings.APP_ENV == "production":
            raise CommandError("this is a production installation; the demo is for trying out")
        moment, actor = edges.moment(at), "demo" if by is None else edges.person(by)
        with _events_aside():
            if not dry_run:
                self._bill(moment)
            for line in decide(at=moment, by=actor, dry_run=dry_run):
                self.stdout.write(line)
        tickets = _open_tickets()
        for ticket in tickets:
            if not dry_run:
                close_ticket(ticket.pk, at=moment, by=actor)
            self.stdout.write(f"{'would close' if dry_run else 'closed'} {ticket.number}  {ticket.subject}")
        if not tickets:
            self.stdout.write("the demo has no open ticket left")

    def _bill(self, at: datetime) -> None:
        """Bill what was imported closed, and what recurs: decisions are about what is billed, held and skipped."""
        try:
            for run in (catch_up(at=at), bill_recurring(at=at)):
                for _ in run:
                    pass
        except AlreadyRunning as found:
            self.stderr.write(f"{found}; it bills the rest")
        except (AutomationOff, BillingDisabled) as refusal:
            raise CommandError(str(refusal)) from refusal


@contextmanager
def _events_aside() -> Iterator[None]:
    """No log lines between those of the command: each of its lines says what was done."""
    billing = logging.getLogger("billing")
    before = billing.level
    billing.setLevel(logging.ERROR)
    try:
        yield
    finally:
        billing.setLevel(before)


def _open_tickets() -> list[Ticket]:
    found = Ticket.objects.filter(external_id__in=list(_ids()), status__in=OPEN, time_entries__isnull=False)
    return list(found.select_related("client").order_by("created_at", "pk").distinct())


def _ids() -> Iterator[str]:
    """The ids of the tickets in the demo's own files."""
    for path in sorted((Path(settings.BASE_DIR) / "demo").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record["type"] == "ticket":
                yield record["id"]
