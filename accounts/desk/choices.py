"""Filters whose choices are what a column holds, found without reading the table."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpRequest


class Held(admin.SimpleListFilter):
    """By a value that the column `parameter_name` holds. An index begins with that column."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        return [(value, value) for value in values_of(model_admin.model, str(self.parameter_name))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset


def values_of(model: type[Model], column: str) -> list[str]:
    """What the column holds, in order: leaps through its index, one for each value, however many rows have it."""
    field: Any = model._meta.get_field(column)
    table, name = (connection.ops.quote_name(part) for part in (model._meta.db_table, field.column))
    with connection.cursor() as cursor:
        cursor.execute(f"""
            WITH RECURSIVE held AS (
                (SELECT {name} AS value FROM {table} ORDER BY {name} LIMIT 1)
                UNION ALL
                SELECT (SELECT {name} FROM {table} WHERE {name} > held.value ORDER BY {name} LIMIT 1)
                FROM held WHERE held.value IS NOT NULL
            ) SELECT value FROM held WHERE value IS NOT NULL""")
        return [value for (value,) in cursor.fetchall()]
