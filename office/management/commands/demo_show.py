"""Show what has been billed: the documents, what became of the tickets, and what was paid at Stripe."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Count, Q, Sum
from django.utils import timezone

from invoicing.display import money, table
from invoicing.management import edges
from invoicing.models import Invoice, StripeEvent, StripeInvoice
from tickets.automation import due
from tickets.models import Ticket

LOOK_SECONDS = 0.5


class Command(edges.EdgeCommand):
    help = "Show the documents with their sums, and how many tickets came to which outcome and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", metavar="DATETIME", help="only documents made or issued since then")
        parser.add_argument(
            "--wait",
            type=float,
            default=0.0,
            metavar="SECONDS",
            help="first wait until nothing is due, so long at most",
        )

    def handle(self, *, since: str | None, wait: float, **_: Any) -> None:
        """Exit 0; 1 where it waited and there is not one document."""
        first = None if since is None else edges.moment(since, "--since")
        left = _wait(wait) if wait else 0
        documents = list(_documents(first))
        if documents:
            for line in table([("document", "client", "lines", "subtotal"), *documents], right=(2, 3)):
                self.stdout.write(line)
        else:
            self.stdout.write("no documents yet")
        self.stdout.write("\ntickets")
        for line in table(list(_outcomes()) or [("  none", "", "")], right=(1,)):
            self.stdout.write(line)
        for line in _at_stripe(first):
            self.stdout.write(line)
        if left:
            self.stderr.write(f"{left} tickets are still due after {wait:g} s; the workers go on")
            if not documents:
                raise CommandError("nothing was billed meanwhile; the log of the processes says why")


def _wait(seconds: float) -> int:
    """Wait until nothing is due, at most so long; returns how many tickets still are."""
    end = time.monotonic() + seconds
    while left := due(timezone.now()).count():
        if time.monotonic() > end:
            break
        time.sleep(LOOK_SECONDS)
    return left


def _documents(since: datetime | None) -> Iterator[tuple[str, str, str, str]]:
    found = Invoice.objects.select_related("client").order_by("client__name", "pk")
    if since is not None:
        found = found.filter(Q(created_at__gte=since) | Q(issued_at__gte=since))
    for one in found.iterator():
        amount = money(one.subtotal_cents, one.currency)
        yield one.number or one.status, one.client.name, str(one.line_count), amount


def _at_stripe(since: datetime | None) -> list[str]:
    """What Stripe was sent, what it took for it, and how often it said so; nothing where nothing was sent."""
    found = StripeInvoice.objects.select_related("invoice__client").order_by("pk")
    if since is not None:
        found = found.filter(invoice__issued_at__gte=since)
    rows = [(f"  {one.invoice}", one.invoice.client.name, *_paid(one)) for one in found]
    if not rows:
        return []
    told = StripeEvent.objects.aggregate(events=Count("pk"), deliveries=Sum("deliveries"))
    heard = (
        f"  {told['events']} events were delivered {told['deliveries'] or 0} times and out of order; each counts once"
    )
    return ["", "paid at Stripe", *table(rows, right=(2,)), heard]


def _paid(sent: StripeInvoice) -> tuple[str, str]:
    document = sent.invoice
    return money(document.total_cents or 0, document.currency), f"{document.status} here, {sent.status} there"


def _outcomes() -> Iterator[tuple[str, str, str]]:
    """Finished tickets by what became of them; the others are counted as not finished."""
    finished = Ticket.objects.filter(status__in=Ticket.FINISHED)
    counted = finished.values_list("billing_status", "billing_reason").annotate(tickets=Count("pk"))
    for status, reason, tickets in counted.order_by("billing_status", "-tickets", "billing_reason"):
        yield f"  {status}", str(tickets), reason
    if unfinished := Ticket.objects.exclude(status__in=Ticket.FINISHED).count():
        yield "  not finished", str(unfinished), ""
