"""What is in force and where it comes from: the rows that show_settings prints."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from config import overrides
from config.declaration import declared, origin, parsed, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed import DataclassInstance

    from config.environment import Environment
    from config.overrides import Combined, Rows, Stored

FROM_CODE = "set in code"
STORED = "stored"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as shown: secrets masked, values as typed in the environment.

    `value` is in force and `source` says from where; `environment` is what would be without a stored value. `stored`
    has the stored value, and who stored it when and why; `ignored` why that one does not count.
    """

    name: str
    value: str
    source: str
    default: str
    help: str
    environment: str
    environment_source: str
    stored: Stored | None = None
    ignored: str = ""


def with_stored(found: Iterable[Row], combined: Combined, stored: Rows) -> list[Row]:
    """The rows of the environment's settings, under what is stored."""
    return [_under(row, combined, stored[row.name]) if row.name in stored else row for row in found]


def _under(row: Row, combined: Combined, stored: Stored) -> Row:
    if row.name in combined.ignored:
        return replace(row, stored=stored, ignored=combined.ignored[row.name])
    return replace(row, value=overrides.shown(combined.settings, row.name), source=STORED, stored=stored)


def rows(settings: DataclassInstance, env: Environment, *, production: bool) -> list[Row]:
    """Return a row for each setting of the object, read from the environment, in order of declaration."""
    found = []
    for path, spec in declared(type(settings)):
        value = value_of(settings, path)
        default = spec.shown(spec.kind.parse(spec.default_text(production=production)))
        source = origin(spec, env)
        # A random key differs each time it is read; everything else that differs was replaced after the start.
        if source != "default" or spec.mask is None:
            source = source if parsed(spec, env, production=production) == value else FROM_CODE
        text = spec.shown(value)
        found.append(Row(spec.name, text, source, default, spec.help, text, source))
    return found
