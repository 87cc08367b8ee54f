"""The sentences with which the database refuses, read from the migrations that create its functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunSQL

from accounts.language import own_apps

_FUNCTION: Final = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION (\w+)\s*\(.*?AS \$(\w*)\$(.*?)\$\2\$", re.DOTALL)
RAISED: Final = re.compile(r"RAISE EXCEPTION\s+'((?:[^']|'')*)'(.*?);", re.DOTALL)
_TRIGGER: Final = re.compile(r"EXECUTE FUNCTION \w+\('([^']*)'\)")
# A word that is chosen within the statement, as 'deleted' or 'changed'.
_CHOSEN: Final = re.compile(r"(?:THEN|ELSE) '([a-z ]+)'")
_PLACE: Final = re.compile("%%|%")


def guard_sentences() -> Iterator[tuple[str, str]]:
    """Each sentence of the newest function of its name, and each word that fills one; with its migration."""
    newest: dict[str, tuple[str, str]] = {}
    for place, sql in _statements():
        for name, _quote, body in _FUNCTION.findall(sql):
            newest[name] = (body, place)
        yield from ((word, place) for word in _TRIGGER.findall(sql))
    for body, place in newest.values():
        yield from ((text, place) for text in sentences_in(body))


def sentences_in(body: str) -> Iterator[str]:
    """What a function of the database may say, with {0}, {1} for what differs each time."""
    for text, rest in RAISED.findall(body):
        yield _with_places(text.replace("''", "'"))
        yield from _CHOSEN.findall(rest)


def _with_places(text: str) -> str:
    """The text of a RAISE, whose places are bare percent signs."""
    parts: list[str] = []
    places = 0
    end = 0
    for found in _PLACE.finditer(text):
        parts += [text[end : found.start()], "%" if found[0] == "%%" else f"{{{places}}}"]
        places += found[0] == "%"
        end = found.end()
    return "".join((*parts, text[end:]))


def _statements() -> Iterator[tuple[str, str]]:
    """Each statement of our migrations in the order in which they are applied, with its file."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = {app.label for app in own_apps()}
    done = set()
    for leaf in sorted(loader.graph.leaf_nodes()):
        for key in loader.graph.forwards_plan(leaf):
            if key in done or key[0] not in ours:
                continue
            done.add(key)
            for operation in loader.graph.nodes[key].operations:
                if isinstance(operation, RunSQL):
                    yield f"{key[0]}/migrations/{key[1]}.py", _text(operation.sql)


def _text(sql: object) -> str:
    """The statement or statements of an operation, without their parameters."""
    parts = [sql] if isinstance(sql, str) else list(sql) if isinstance(sql, (list, tuple)) else []
    return "\n".join(part if isinstance(part, str) else str(part[0]) for part in parts)
