"""The kinds of billable units, registered by the apps that own them: invoicing knows none of them by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of unit. `references` answers the external ids of units by their primary keys, in one query."""

    name: str
    label: str
    references: Callable[[Iterable[int]], Mapping[int, str]]


_KINDS: dict[str, SourceKind] = {}


def register(kind: SourceKind) -> None:
    """Make a kind known; called when its app is ready."""
    _KINDS[kind.name] = kind


def kind_named(name: str) -> SourceKind:
    """The registered kind. Raises LookupError for one that nobody registered."""
    try:
        return _KINDS[name]
    except KeyError:
        raise LookupError(f"nobody registered the source kind {name!r}") from None
