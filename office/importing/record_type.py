"""What a type of import line is made of: its keys, the columns that they fill, and what must hold between them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db import models

    from .values import Value


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the staging table, and the model's field that it goes to.

    A reference is staged as the id in the file, `<field>_key`; `refers_to` names the type that it is an id of.
    `kept` is SQL for what the record `t` has now, where another table keeps it: the type says how it is written there.
    """

    name: str
    sql_type: str
    field: models.Field[Any, Any]
    refers_to: str | None = None
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the line. `read` gives one value, or a tuple where the key fills several columns.

    `cleared` is what null stores, None where null is refused. A key may be `required` to create a record and
    `fixed` after that: what belongs to one client does not move to another.
    """

    path: str
    columns: tuple[Column, ...]
    read: Callable[[object], Value | tuple[Value, ...]]
    cleared: tuple[Value, ...] | None
    required: bool = False
    fixed: bool = False

    def needed(self) -> Key:
        """The same key, required to create a record although its column could do without."""
        return replace(self, required=True)


@dataclass(frozen=True, slots=True)
class Check:
    """A condition in SQL under which a line is wrong, over `i`, the line as it would be stored, and `t`, as it is.

    `problem` is an SQL expression for the rest of the sentence; `joins` brings further tables.
    """

    field: str
    wrong_if: str
    problem: str
    joins: str = ""


def columns_of(keys: tuple[Key, ...]) -> tuple[Column, ...]:
    """The columns that the keys fill, each once: two keys may be two ways to fill the same one."""
    return tuple({column.name: column for key in keys for column in key.columns}.values())


def bits_of(columns: tuple[Column, ...]) -> dict[str, int]:
    """Column name -> its bit in the masks of a staged line."""
    return {column.name: 1 << index for index, column in enumerate(columns)}


@dataclass(frozen=True, slots=True)
class Identity:
    """The column that keeps the id of a line, and the SQL that makes it from `{key}`.

    `also` is a further condition on `{record}`, for a table that holds other rows as well.
    """

    column: str = "external_id"
    value: str = "{key}"
    also: str = ""


EXTERNAL_ID = Identity()


@dataclass(frozen=True)
class RecordType:
    """One value of `type`. Registered in `registry.TYPES`; nothing else has to know it.

    `belongs_to` names the type whose records are locked with these, because billing reads them under that lock.
    `identity` says where the id of the line is kept. `supplied` are columns that no line speaks of and that have no
    default: column -> SQL; `stamped` are those that a line sets when it changes the record, SQL over `i` and `t`. Rows
    of a type that is `replaced` are never updated; its `before` releases them and makes their lines new. `last` names
    columns that are written together with the references to records of the same type, because they mean nothing
    without them. `derive` are UPDATE statements that complete the lines (the table
    `import_<name>`) before they are checked; `before` and `after` run around the writing of the rows. They and
    `supplied` know the parameters %(at)s and %(by)s.
    """

    name: str
    model: type[models.Model]
    keys: tuple[Key, ...]
    belongs_to: str = ""
    identity: Identity = EXTERNAL_ID
    supplied: Mapping[str, str] = field(default_factory=dict)
    stamped: Mapping[str, str] = field(default_factory=dict)
    replaced: bool = False
    last: frozenset[str] = frozenset()
    checks: tuple[Check, ...] = ()
    derive: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def same(self, record: str, key: str) -> str:
        """The condition that the row `record` of the table is the one with the id `key`, both as they are in SQL."""
        value = self.identity.value.format(key=key)
        return f"{record}.{self.identity.column} = {value}" + self.identity.also.format(record=record)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All columns in the order of the staging table."""
        return columns_of(self.keys)

    @cached_property
    def bits(self) -> dict[str, int]:
        """Column name -> its bit in `given` and `faulty`."""
        return bits_of(self.columns)

    @cached_property
    def places(self) -> dict[str, tuple[Key, int, tuple[int, ...]]]:
        """Path such as `address.city` -> the key, its bits in `given` and `faulty`, and the places of its columns."""
        order = list(self.bits)
        found = {}
        for key in self.keys:
            names = [column.name for column in key.columns]
            found[key.path] = key, sum(self.bits[name] for name in names), tuple(map(order.index, names))
        return found

    @cached_property
    def groups(self) -> dict[str, frozenset[str]]:
        """Name of a nested object -> the keys in it."""
        found: dict[str, set[str]] = {}
        for key in self.keys:
            outer, _, inner = key.path.partition(".")
            if inner:
                found.setdefault(outer, set()).add(inner)
        return {name: frozenset(inner) for name, inner in found.items()}

    @property
    def table(self) -> str:
        """The table that the records are stored in."""
        return self.model._meta.db_table
