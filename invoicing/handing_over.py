"""What sending documents comes to, whoever delivers them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from invoicing.models import Invoice, Mail

QUEUED: Final = "queued"  # on its way
SENT_BEFORE: Final = "sent_before"  # it was, or is being sent: nothing is sent twice without being asked for
LEFT: Final = "left"  # somebody else delivers it
PARKED: Final = "parked"  # to be sent, and cannot be before a person has mended something
REFUSED: Final = "refused"  # not to be sent
OUTCOMES: Final = (QUEUED, SENT_BEFORE, LEFT, PARKED, REFUSED)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and when. `again`: also what was sent before."""

    at: datetime
    by: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Sending:
    """What sending one document comes to; `reason` is a sentence where it is not simply on its way."""

    document: Invoice
    outcome: str
    reason: str = ""
    mail: Mail | None = None

    @property
    def problem(self) -> str:
        """Why the document does not reach its recipient; "" where it does."""
        return self.reason if self.outcome in (PARKED, REFUSED) else ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One way to deliver: decide for documents of clients who chose it, and do exactly that, in one transaction."""

    plan: Callable[[Sequence[Invoice], Asked], list[Sending]]
    apply: Callable[[Sequence[Sending], Asked], None]
