"""Chance that falls the same way every time."""

from __future__ import annotations

from random import Random


def repeatable(seed: int) -> Random:
    """Random choices that a failing test makes again."""
    return Random(seed)  # noqa: S311 - nothing secret depends on it
