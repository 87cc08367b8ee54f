"""Makes the keys of a type from the fields of its model: lengths, digits, choices and nullability are written there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from .dates import day, moment
from .record_type import Column, Key
from .values import Reader, Value, boolean, choice, decimal, text

if TYPE_CHECKING:
    from collections.abc import Callable

EXTERNAL_ID_LENGTH = 100

_identifier = text(EXTERNAL_ID_LENGTH)


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
