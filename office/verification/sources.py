"""What a line claims, compared with what its explanation names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from invoicing.display import decimal_text
from rating.naming import NamedSource

Key: TypeAlias = tuple[str, str, str]


class Claimed(NamedTuple):
    """A claim on a line. `reference` is None where the unit is gone, as it may be once it was given back."""

    kind: str
    reference: str | None
    part: str
    quantity: Decimal | None
    amount_cents: int | None
    released: bool


def difference(named: Sequence[NamedSource], claims: Sequence[Claimed]) -> str:
    """What is named and not claimed, claimed and not named, or claimed in another quantity; "" where nothing is."""
    if any(claim.reference is None and claim.released for claim in claims):
        # Units that were given back may have been deleted since: what is left to compare is how many there were.
        return _told(Counter((source.kind, "", "") for source in named), Counter((one.kind, "", "") for one in claims))
    nameless = {source.kind for source in named if not source.reference}
    wanted = [((source.kind, source.reference, source.part), source.quantity) for source in named]
    found = [(_key(claim, nameless), claim.quantity) for claim in claims]
    return _told(Counter(key for key, _ in wanted), Counter(key for key, _ in found)) or _quantities(
        wanted, dict(found)
    )


def _key(claim: Claimed, nameless: Collection[str]) -> Key:
    return claim.kind, "" if claim.kind in nameless else claim.reference or "?", claim.part


def _told(wanted: Counter[Key], found: Counter[Key]) -> str:
    told = []
    if missing := wanted - found:
        told.append(f"it names {_list(missing)} and does not claim it")
    if extra := found - wanted:
        told.append(f"it claims {_list(extra)} and does not name it")
    return "; ".join(told)


def _list(units: Counter[Key]) -> str:
    return ", ".join(
        sorted(" ".join(filter(None, (kind.replace("_", " "), *rest))) for kind, *rest in units.elements())
    )


def _quantities(wanted: Iterable[tuple[Key, Decimal | None]], found: Mapping[Key, Decimal | None]) -> str:
    return "; ".join(
        f"it names {_shown(quantity)} of {_list(Counter([key]))} and claims {_shown(found[key])}"
        for key, quantity in wanted
        if quantity is not None and found[key] != quantity
    )


def _shown(quantity: Decimal | None) -> str:
    return "nothing" if quantity is None else decimal_text(quantity)
