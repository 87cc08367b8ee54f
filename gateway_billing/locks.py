"""A partner's month is run alone: whoever writes usage of the partner shares its lock, a run takes it for itself."""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.db import connection

from invoicing.transitions import InvalidTransition

# The first key of the lock, as the guards of calls and cases take it; the second one is the partner.
LOCK_CLASS = 0x6A7E
PATIENCE_SECONDS = 120.0
# Of a person who waits for a page.
SHORT_PATIENCE_SECONDS = 4.0
STEP_SECONDS = 0.05


class PartnerBusy(InvalidTransition):
    """Usage of the partner is being written, or another run is at work, for longer than anybody should wait."""

    def __init__(self) -> None:
        super().__init__("usage of this partner is being imported, or another run is at work: try again in a moment")


def lock_partners(partners: Iterable[int], *, patience: float | None = None) -> None:
    """Take the locks of these partners until the transaction ends. Raises PartnerBusy.

    It waits beside the queue, not in it: those who save a call meanwhile would wait behind an import otherwise.
    """
    end = time.monotonic() + (PATIENCE_SECONDS if patience is None else patience)
    for partner in sorted(set(partners)):
        while not _taken(partner):
            if time.monotonic() > end:
                raise PartnerBusy
            time.sleep(STEP_SECONDS)


def _taken(partner: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, partner])
        return bool(cursor.fetchone()[0])
