"""The report of unbilled work as long work: the same sums and units as the command's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import islice
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_noop

from contracts.models import Client
from invoicing.export import one_snapshot
from invoicing.jobs import JobKind, Progress
from office.management.unbilled import sums_of, words
from office.unbilled.asked import Asked, asked
from office.unbilled.totals import totals, unbilled
from office.unbilled.units import Unit
from office.unbilled.wording import sentence

UNBILLED: Final = "unbilled report"
MOST_SHOWN: Final = 500


def report(parameters: Mapping[str, object], _by: str, progress: Progress) -> Mapping[str, object]:
    """Sums by bucket, the closing balance, and the first units that nothing has settled."""
    wanted = asked_of(parameters)
    with one_snapshot():
        found = totals(wanted)
        units = list(islice(unbilled(wanted), MOST_SHOWN + 1))
    progress.step(found.units)
    return {
        "as_of": wanted.day.isoformat(),
        "client": wanted.client.name if wanted.client else "",
        "client_id": wanted.client.external_id if wanted.client else "",
        "sums": [list(row) for row in sums_of(found)],
        "units": found.units,
        "closing_balance": found.closing_balance,
        "unbalanced": [[name.replace("_", " "), gap] for name, gap in found.unbalanced.items()],
        "unbilled": list(_told(units[:MOST_SHOWN])),
        "cut": len(units) > MOST_SHOWN,
    }


def asked_of(parameters: Mapping[str, object]) -> Asked:
    """What the job was asked for. Raises ValueError for a day to come."""
    client, as_of = parameters["client"], parameters["as_of"]
    return asked(
        date.fromisoformat(str(as_of)) if as_of else None,
        now=timezone.now(),
        client=Client.objects.get(pk=str(client)) if client else None,
    )


def _told(units: Iterable[Unit]) -> Iterable[dict[str, str]]:
    for unit in units:
        yield {
            "what": " ".join(filter(None, (unit.type.replace("_", " "), unit.id, unit.part))),
            "ticket": unit.ticket, "client": unit.client, "bucket": words(unit.bucket),
            "since": unit.since.isoformat() if unit.since else "", "reason": sentence(unit.bucket, unit.reason),
        }  # fmt: skip


KIND: Final = JobKind(UNBILLED, gettext_noop("Unbilled work"), report, "office/reports/unbilled_result.html")
