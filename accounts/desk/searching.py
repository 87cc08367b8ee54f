"""Searching in lists: only by what has an index, and never by more rows than a person could look at.

Each of the `ways` of a page answers with the keys of rows; found is what any of them finds. A way that finds very many,
as by a word that each row has, looks among the newest rows alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, Q, QuerySet, Value
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.words import Lexemes, words_in
from accounts.words import Words as WordsMatch

# The newest so many are listed.
MOST_FOUND: Final = 1000
# As many are read of what one way finds; where there are more, the newest of the table are looked through instead.
MOST_READ: Final = 2000
NEWEST: Final = 2000
LONGEST: Final = 200
TOO_MANY: Final = gettext_lazy("Very many are found; the newest of them are listed. Add a word to find older ones.")


class Way:
    """One way in which rows are found."""

    # Whether a row is cheap to look at without the index: then very many are found by walking back from the newest.
    walks = False

    def condition(self, model: type[Model], typed: str) -> Q | None:
        """What rows fulfil that are meant by what was typed; None where it cannot mean any."""
        raise NotImplementedError

    def held_against(self, condition: Q, typed: str) -> Q:  # noqa: ARG002 - of words alone
        """The same for few rows that are at hand: without the index, where that would give all that it finds first."""
        return condition


@dataclass(frozen=True)
class Words(Way):
    """By the beginnings of words in columns that an index on `Lexemes` of the same columns has."""

    columns: tuple[str, ...]
    only: Q

    def __init__(self, *columns: str, only: Q | None = None) -> None:
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "only", only or Q())

    def condition(self, model: type[Model], typed: str) -> Q | None:  # noqa: ARG002 - not needed here
        return self.only & Q(WordsMatch(Lexemes(*self.columns), typed)) if words_in(typed) else None

    def held_against(self, condition: Q, typed: str) -> Q:  # noqa: ARG002
        return self.only & Q(WordsMatch(Lexemes(Value(""), *self.columns), typed))


@dataclass(frozen=True)
class Start(Way):
    """By the beginning of a name that an index by pattern has: as typed, or all in capitals, or all small."""

    column: str

    def condition(self, model: type[Model], typed: str) -> Q | None:  # noqa: ARG002
        found = Q()
        for start in sorted({typed, typed.upper(), typed.lower()}):
            found |= Q(**{f"{self.column}__startswith": start})
        return found


@dataclass(frozen=True)
class Exact(Way):
    """By all of a name, which an index has."""

    column: str

    def condition(self, model: type[Model], typed: str) -> Q | None:  # noqa: ARG002
        return Q(**{self.column: typed})


class Of(Way):
    """By what a row belongs to, found in the ways of the page of that, or in those that are given."""

    walks = True

    def __init__(self, path: str, *ways: Way) -> None:
        self.path, self.ways = path, ways

    def condition(self, model: type[Model], typed: str) -> Q | None:
        related: Any = model
        for name in self.path.split("__"):
            related = related._meta.get_field(name).related_model
        keys = found_keys(related, self.ways or ways_of(related), typed).keys
        return Q(**{f"{self.path}__in": keys}) if keys else None


@dataclass(frozen=True, slots=True)
class Found:
    """Keys of rows, the newest first, at most a thousand. `left_off`: whether there may be others."""

    keys: Sequence[int]
    left_off: bool


def ways_of(model: type[Model]) -> Sequence[Way]:
    """The ways in which the page of that table is searched."""
    page: Any = admin.site.get_model_admin(model)
    ways: Sequence[Way] = page.ways
    return ways


def search(page: Any, request: HttpRequest, rows: QuerySet[Any], typed: str) -> QuerySet[Any]:
    """Those of the rows that are found in the ways of the page; where that is too much, the person is told."""
    if not typed.strip():
        return rows
    found = found_keys(page.model, page.ways, typed)
    if found.left_off and _is_list(request):
        page.message_user(request, TOO_MANY, messages.WARNING)
    return rows.filter(pk__in=found.keys)


def found_keys(model: type[Model], ways: Iterable[Way], typed: str) -> Found:
    """What is found by what was typed; nothing by nothing."""
    text = " ".join(typed.replace("\0", "").split())[:LONGEST]
    asked = [(way, condition) for way in ways if text and (condition := way.condition(model, text)) is not None]
    rows: QuerySet[Any] = model._default_manager.order_by()
    found = _keys({place: rows.filter(condition) for place, (_way, condition) in enumerate(asked)}, MOST_READ + 1)
    many = [place for place, keys in found.items() if len(keys) > MOST_READ]
    if many:
        newest = rows.order_by("-pk").values_list("pk", flat=True)[NEWEST - 1 : NEWEST].first() or 0
        again = {place: _newest_of(rows, *asked[place], text, newest) for place in many}
        found |= _keys(again, MOST_FOUND)
    keys = sorted(set().union(*found.values()), reverse=True)
    return Found(keys[:MOST_FOUND], bool(many) or len(keys) > MOST_FOUND)


def _newest_of(rows: QuerySet[Any], way: Way, condition: Q, typed: str, newest: int) -> QuerySet[Any]:
    """The newest rows of very many: looked for from the newest on, or among the newest of the table."""
    if way.walks:
        return rows.filter(condition).order_by("-pk")[:MOST_FOUND]
    return rows.filter(way.held_against(condition, typed), pk__gte=newest).order_by("-pk")[:MOST_FOUND]


def _keys(ways: Mapping[int, QuerySet[Any]], most: int) -> dict[int, list[int]]:
    """The keys that each finds, at most so many of each, in one statement.

    Each stands for itself, so that it is planned for all that it finds: for the first few of many rows the planner
    would read the table, and never end where these lie at its end. Rows are read no further than they are asked for.
    """
    named: list[tuple[int, str]] = []
    arguments: list[Any] = []
    for place, rows in ways.items():
        try:
            sql, given = rows.values_list("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
        named.append((place, sql))
        arguments += given
    found: dict[int, list[int]] = {place: [] for place, _sql in named}
    if not named:
        return found
    fences = ", ".join(f"way_{place} AS MATERIALIZED ({sql})" for place, sql in named)
    parts = " UNION ALL ".join(f"(SELECT {place}, * FROM way_{place} LIMIT {most})" for place, _sql in named)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {fences} {parts}", arguments)
        for place, key in cursor.fetchall():
            found[place].append(key)
    return found


def _is_list(request: HttpRequest) -> bool:
    """Whether a list was asked for: choices of a field and verbs on rows are searched as well."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    return request.method == "GET" and str(name).endswith("_changelist")
