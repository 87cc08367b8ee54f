"""What a type of import line is made of: its keys, the columns that they fill, and what must hold between them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models

from .dates import day, moment
from .values import Reader, Value, boolean, choice, decimal, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EXTERNAL_ID_LENGTH = 100

_identifier = text(EXTERNAL_ID_LENGTH)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the staging table, and the model's field that it goes to.

    A reference is staged as the id in the file, `<field>_key`; `refers_to` names the type that it is an id of.
    """

    name: str
    sql_type: str
    field: models.Field[Any, Any]
    refers_to: str | None = None


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
    default: column -> SQL. Rows of a type that is `replaced` are never updated; its `before` releases them and makes
    their lines new. `derive` are UPDATE statements that complete the lines (table `import_<name>`) before they are
    checked; `before` and `after` run around the writing of the rows. They and `supplied` know the parameters %(at)s and
    %(by)s.
    """

    name: str
    model: type[models.Model]
    keys: tuple[Key, ...]
    belongs_to: str = ""
    identity: Identity = EXTERNAL_ID
    supplied: Mapping[str, str] = field(default_factory=dict)
    replaced: bool = False
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
    def by_path(self) -> dict[str, Key]:
        """Path such as `address.city` -> the key."""
        return {key.path: key for key in self.keys}

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


class Of:
    """Makes keys from the fields of a model: lengths, digits, choices and nullability are written there, once."""

    def __init__(self, model: type[models.Model]) -> None:
        self._model = model

    def text(self, path: str, field: str = "", *, layout: bool = False) -> Key:
        """Text as long as its column."""
        found = self._field(path, field)
        return self.value(path, text(found.max_length or 20_000, empty=found.blank, layout=layout), field)

    def decimal(self, path: str, field: str = "", **bounds: int) -> Key:
        """A decimal string with the digits of its column."""
        found: Any = self._field(path, field)
        return self.value(path, decimal(found.max_digits, found.decimal_places, **bounds), field)

    def choice(self, path: str, field: str = "") -> Key:
        """One of the choices of the field."""
        allowed = [str(value) for value, _ in self._field(path, field).choices or () if value]
        return self.value(path, choice(*allowed), field)

    def boolean(self, path: str, field: str = "") -> Key:
        """true or false."""
        return self.value(path, boolean, field)

    def day(self, path: str, field: str = "") -> Key:
        """A date."""
        return self.value(path, day, field)

    def moment(self, path: str, field: str = "") -> Key:
        """A datetime with offset."""
        return self.value(path, moment, field)

    def value(self, path: str, read: Reader, field: str = "") -> Key:
        """Any one-column key. Null stores null or, in text that may be empty, the empty text."""
        found = self._field(path, field)
        cleared: tuple[Value, ...] | None = (None,) if found.null else ("",) if self._empty_text(found) else None
        required = cleared is None and not found.has_default()
        return Key(path, (self._column(found),), read, cleared, required=required)

    def several(
        self,
        path: str,
        read: Callable[[object], tuple[Value, ...]],
        fields: tuple[str, ...],
        cleared: tuple[Value, ...],
    ) -> Key:
        """A key whose one value fills several columns."""
        return Key(path, tuple(self._column(self._field(path, name)) for name in fields), read, cleared)

    def reference(self, path: str, to: str, *, fixed: bool = False) -> Key:
        """The id of another record, which may stand later in the file."""
        found = self._field(path, "")
        column = Column(f"{found.name}_key", f"varchar({EXTERNAL_ID_LENGTH})", found, refers_to=to)
        return Key(path, (column,), _identifier, (None,) if found.null else None, required=not found.null, fixed=fixed)

    def _field(self, path: str, field: str) -> models.Field[Any, Any]:
        return self._model._meta.get_field(field or path.replace(".", "_"))  # type: ignore[return-value]

    @staticmethod
    def _column(field: models.Field[Any, Any]) -> Column:
        from django.db import connection

        return Column(str(field.column), str(field.db_type(connection)), field)

    @staticmethod
    def _empty_text(field: models.Field[Any, Any]) -> bool:
        return isinstance(field, models.CharField | models.TextField) and field.blank
