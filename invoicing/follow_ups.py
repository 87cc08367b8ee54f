"""Who is told when an issued document is settled, cancelled, credited or given up, in the transaction that does so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Final

from invoicing.handing_over import Asked
from invoicing.models import Invoice

SETTLED: Final = "settled"
VOIDED: Final = "voided"
CREDITED: Final = "credited"
GIVEN_UP: Final = "given_up"

# Is given the document and, where there is one, the document that takes it back.
FollowUp = Callable[[Invoice, Invoice | None, Asked], None]

_FOLLOWERS: dict[str, list[FollowUp]] = defaultdict(list)


def on_change(change: str, follow_up: FollowUp) -> None:
    """Call `follow_up` after each change of this kind; registered when the app is ready."""
    if follow_up not in _FOLLOWERS[change]:
        _FOLLOWERS[change].append(follow_up)


def tell_change(change: str, document: Invoice, *, correction: Invoice | None = None, by: str, at: datetime) -> None:
    """Tell everybody who registered for changes of this kind."""
    for follow_up in _FOLLOWERS[change]:
        follow_up(document, correction, Asked(at, by))
