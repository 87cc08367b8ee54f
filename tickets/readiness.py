"""Whether a client in shadow can go live: what the comparison says, in figures and one verdict (T-18)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db.models import Count

from contracts.models import Client
from tickets.comparison import DIFFERS, EQUAL, ONLY_MANUAL, ONLY_SHADOW, ClientSummary, Comparison, comparisons
from tickets.models import ShadowBill, Ticket

NOTHING, LOOK, WAIT, READY = "nothing", "look", "wait", "ready"
# Tickets billed alike by machine and by hand, before anybody should rely on it.
ENOUGH = 10
# As many tickets are compared, and as many differences shown; the command has them all.
MOST, SHOWN = 5000, 100


@dataclass(slots=True)
class Readiness:
    """What the comparison came to. `proven` tickets were billed by hand, and would have been billed alike."""

    summary: ClientSummary
    differences: list[Comparison] = field(default_factory=list)
    proven: int = 0
    compared: int = 0
    finished: int = 0
    planned: int = 0

    @property
    def verdict(self) -> str:
        """nothing (to compare), look (at the differences), wait (too few tickets yet) or ready."""
        if not self.compared:
            return NOTHING
        if self.summary.verdicts[DIFFERS] or self.summary.verdicts[ONLY_MANUAL]:
            return LOOK
        return READY if self.proven >= ENOUGH else WAIT

    @property
    def is_cut(self) -> bool:
        """Whether there may be more tickets than were compared."""
        return self.compared >= MOST

    @property
    def forgotten(self) -> int:
        """Tickets that automation would have billed and nobody has."""
        return self.summary.verdicts[ONLY_SHADOW]


def judged(found: Iterable[Comparison], currency: str) -> Readiness:
    """The comparisons of one client, counted."""
    readiness = Readiness(ClientSummary(currency))
    for one in found:
        readiness.summary.add(one)
        readiness.compared += 1
        if one.verdict == EQUAL:
            readiness.proven += bool(one.manual_cents)
        elif len(readiness.differences) < SHOWN:
            readiness.differences.append(one)
    return readiness


def readiness_of(client: Client) -> Readiness:
    """Compare a client's tickets, and count how many of those finished since its enrolment were planned in shadow."""
    readiness = judged(islice(comparisons(client.pk), MOST), client.currency)
    if client.automation_from is not None:
        readiness.finished, readiness.planned = _coverage(client.pk, client.automation_from)
    return readiness


def _coverage(client: int, since: datetime) -> tuple[int, int]:
    finished = Ticket.objects.filter(client=client, status__in=Ticket.FINISHED, finished_at__gte=since)
    planned = ShadowBill.objects.filter(ticket__in=finished.values("pk"))
    counted = finished.aggregate(number=Count("pk"))
    return counted["number"], planned.count()
