"""A JSON object with one long list, written as the list comes, in bounded memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from django.core.management.base import OutputWrapper


class JsonListing:
    """`{head..., "name": [...], tail...}`: one element a line; valid as soon as `end` was called."""

    def __init__(self, out: OutputWrapper, head: Mapping[str, object], name: str) -> None:
        self._out = out
        self._opening = f"{json.dumps(dict(head))[:-1]}, {json.dumps(name)}: ["
        self._started = False

    def add(self, elements: Iterable[Mapping[str, object]]) -> None:
        """Write more elements of the list."""
        for element in elements:
            self._out.write(",\n" if self._started else self._opening + "\n", ending="")
            self._started = True
            self._out.write(json.dumps(element), ending="")

    def end(self, tail: Mapping[str, object]) -> None:
        """Close the list and write what follows it."""
        if not self._started:
            self._out.write(self._opening, ending="")
        self._out.write(f"\n], {json.dumps(dict(tail))[1:]}")
