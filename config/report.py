"""What is in force and where it comes from: the rows that show_settings prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.declaration import declared, origin, parsed, value_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from config.environment import Environment

FROM_CODE = "set in code"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as shown: secrets masked, values as typed in the environment."""

    name: str
    value: str
    source: str
    default: str
    help: str


def rows(settings: DataclassInstance, env: Environment, *, production: bool) -> list[Row]:
    """Return a row for each setting of the object, in order of declaration."""
    found = []
    for path, spec in declared(type(settings)):
        value = value_of(settings, path)
        default = spec.shown(spec.kind.parse(spec.default_text(production=production)))
        source = origin(spec, env)
        # A random key differs each time it is read; everything else that differs was replaced after the start.
        if source != "default" or spec.mask is None:
            source = source if parsed(spec, env, production=production) == value else FROM_CODE
        found.append(Row(spec.name, spec.shown(value), source, default, spec.help))
    return found
