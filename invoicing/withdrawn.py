"""Who is told when a document of a kind is cancelled or given up, in the transaction that does so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from invoicing.models import Invoice
from invoicing.sources import Release

Tell = Callable[[int, Release], None]

_LISTENERS: dict[str, list[Tell]] = defaultdict(list)


def on_withdrawn(kind: str, tell: Tell) -> None:
    """Call `tell(primary key, release)` for documents of this kind; registered when an app is ready."""
    if tell not in _LISTENERS[kind]:
        _LISTENERS[kind].append(tell)


def tell_withdrawn(document: Invoice, release: Release) -> None:
    """Tell everybody who registered for documents of this kind."""
    for tell in _LISTENERS[document.kind]:
        tell(document.pk, release)
