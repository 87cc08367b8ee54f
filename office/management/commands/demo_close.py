"""Close the open tickets of the demo, so that there is something to bill."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from invoicing.management import edges
from tickets.lifecycle import close_ticket
from tickets.models import Ticket

OPEN = (Ticket.Status.OPEN, Ticket.Status.IN_PROGRESS, Ticket.Status.WAITING)


class Command(edges.EdgeCommand):
    help = "Close the open tickets of the demo that have time on them; no ticket of anybody else."

    def add_arguments(self, parser: ArgumentParser) -> None:
        edges.add_run_options(parser, formats=False)

    def handle(self, *, dry_run: bool, at: str | None, by: str | None, **_: Any) -> None:
        """Exit 0; 1 in production."""
        if settings.APP_ENV == "production":
            raise CommandError("this is a production installation; the demo is for trying out")
        moment, actor = edges.moment(at), "demo" if by is None else edges.person(by)
        found = (
            Ticket.objects.filter(external_id__in=list(_ids()), status__in=OPEN, time_entries__isnull=False)
            .select_related("client")
            .order_by("created_at", "pk")
            .distinct()
        )
        tickets = list(found)
        for ticket in tickets:
            if not dry_run:
                close_ticket(ticket.pk, at=moment, by=actor)
            self.stdout.write(f"{'would close' if dry_run else 'closed'} {ticket.number}  {ticket.subject}")
        if not tickets:
            self.stdout.write("the demo has no open ticket left")


def _ids() -> Iterator[str]:
    """The ids of the tickets in the demo's own files."""
    for path in sorted((Path(settings.BASE_DIR) / "demo").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record["type"] == "ticket":
                yield record["id"]
