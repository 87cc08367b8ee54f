"""What comes before work is given back: the person's word for what becomes of it, and the locks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, get_args

from django.db import transaction

from invoicing.models import Claim, Invoice
from invoicing.reasons import stated
from invoicing.sources import Release, Then, lock_owners
from invoicing.transitions import InvalidTransition

MOST_TRIES = 20
# Giving work up, or keeping it back, needs what it needs on the ticket itself.
PERMISSIONS: Final[Mapping[Then, tuple[str, ...]]] = {
    "bill": (),
    "hold": ("tickets.hold_billing",),
    "waive": ("tickets.waive_billing",),
}


class WorkMoved(Exception):  # noqa: N818 - the turn is tried again
    """What the document bills changed between looking at it and locking it."""


def release_of(then: Then, reason: str, by: str, at: datetime) -> Release:
    """What becomes of the work, checked. Raises ValueError for an unknown word and without a reason."""
    if then not in get_args(Then):
        raise ValueError(f"the work is to be one of {', '.join(get_args(Then))}, not {then!r}")
    return Release(then, stated(reason), by, at)


def lock_document(invoice_id: int, lines: Collection[int] | None = None) -> Invoice:
    """The document, locked after what owns the work on it (all of it, or on these lines), as billing locks them."""
    for _ in range(MOST_TRIES):
        try:
            with transaction.atomic():
                return _lock(invoice_id, lines)
        except WorkMoved:
            continue  # rolling back gave the locks back
    raise InvalidTransition("the work on this document changes again and again; try again in a moment")


def _lock(invoice_id: int, lines: Collection[int] | None) -> Invoice:
    units = units_of(invoice_id, lines)
    lock_owners(sorted(units))
    found = Invoice.objects.select_for_update(no_key=True, of=("self",)).select_related("client")
    document = found.get(pk=invoice_id)
    if units_of(invoice_id, lines) - units:
        raise WorkMoved
    return document


def units_of(invoice_id: int, lines: Collection[int] | None = None) -> set[tuple[str, int]]:
    """What the document, or these of its lines, bills now."""
    claims = Claim.objects.filter(line__invoice=invoice_id, released_at__isnull=True)
    if lines is not None:
        claims = claims.filter(line__in=list(lines))
    return set(claims.values_list("kind", "source_id"))
