"""Why a person did something: needed for everything that overrules, gives up or takes back."""

from __future__ import annotations

LONGEST = 300


def stated(reason: str) -> str:
    """The reason without blanks around it. Raises ValueError where none is given, or more than 300 characters."""
    given = reason.strip()
    if not given:
        raise ValueError("say why")
    if len(given) > LONGEST:
        raise ValueError(f"say why in at most {LONGEST} characters")
    return given
