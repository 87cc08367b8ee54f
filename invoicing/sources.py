"""The kinds of billable units, registered by the apps that own them: invoicing knows none of them by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.models.base import ExternalRecord
from invoicing.claims import Released

Then = Literal["bill", "hold", "waive"]


@dataclass(frozen=True, slots=True)
class Release:
    """What becomes of work that was given back: billed again, held or waived; with the person and the reason."""

    then: Then
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """What owns units of several kinds, such as tickets.

    `lock` takes the owner's locks for (kind, primary key) of units, before any document is locked. `take_back` is told
    which units were given back, in the transaction that does so.
    """

    lock: Callable[[Sequence[tuple[str, int]]], None]
    take_back: Callable[[Sequence[Released], Release], None]


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of unit. `references` answers the external ids of units by their primary keys, in one query."""

    name: str
    label: str
    references: Callable[[Iterable[int]], Mapping[int, str]]
    owner: Owner | None = None


def references_of(model: type[ExternalRecord]) -> Callable[[Iterable[int]], Mapping[int, str]]:
    """The `references` of units that are rows of this table."""

    def find(keys: Iterable[int]) -> Mapping[int, str]:
        return dict(model._default_manager.filter(pk__in=list(keys)).values_list("pk", "external_id"))

    return find


_KINDS: dict[str, SourceKind] = {}


def register(kind: SourceKind) -> None:
    """Make a kind known; called when its app is ready."""
    _KINDS[kind.name] = kind


def kinds() -> list[SourceKind]:
    """All kinds, by their names."""
    return sorted(_KINDS.values(), key=lambda kind: kind.name)


def kind_named(name: str) -> SourceKind:
    """The registered kind. Raises LookupError for one that nobody registered."""
    try:
        return _KINDS[name]
    except KeyError:
        raise LookupError(f"nobody registered the source kind {name!r}") from None


def lock_owners(units: Sequence[tuple[str, int]]) -> None:
    """Lock what owns these units (kind, primary key): owners come before documents in the order of locks."""
    by_owner: dict[Owner, list[tuple[str, int]]] = {}
    for kind, pk in units:
        if owner := kind_named(kind).owner:
            by_owner.setdefault(owner, []).append((kind, pk))
    for owner, of_owner in by_owner.items():
        owner.lock(of_owner)


def tell_owners(released: Sequence[Released], release: Release) -> None:
    """Let the owners of released units decide what becomes of them."""
    by_owner: dict[Owner, list[Released]] = {}
    for unit in released:
        if owner := kind_named(unit.kind).owner:
            by_owner.setdefault(owner, []).append(unit)
    for owner, of_owner in by_owner.items():
        owner.take_back(of_owner, release)
