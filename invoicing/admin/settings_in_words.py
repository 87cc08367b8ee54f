"""Values of settings as people read and type them; the environment's own words stay what is stored."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from django.utils.translation import pgettext

from accounts.desk.numbers import number, number_text
from accounts.desk.refusals import told
from config.declaration import NONE
from config.overrides import DECLARED
from rating.explanation import plain

CONTEXT: Final = "setting"
_DECIMAL: Final = re.compile(r"-?[0-9]+\.[0-9]+")
_CLOCK: Final = re.compile(r"[0-9]+:[0-9]{2}")


def in_words(name: str, value: str) -> str:
    """The value as people read it; a list with room to break the line."""
    options = (*DECLARED[name][1].kind.options, NONE)
    parts = [part.strip() for part in value.split(",")]
    return ", ".join(word(part) if part in options else shown_number(part) for part in parts)


def word(code: str) -> str:
    """A value out of few, or where one comes from, such as "per_client"."""
    return pgettext(CONTEXT, code.replace("_", " ")) if code else ""


def allowed(name: str) -> str:
    """What the setting takes, in words."""
    kind = DECLARED[name][1].kind
    if not kind.options:
        return told(kind.allowed)
    return ", ".join(word(option) if option else word("not set") for option in kind.options)


def shown_number(value: str) -> str:
    """A decimal with the point of the page's language; anything else as it is."""
    return number_text(Decimal(value)) if _DECIMAL.fullmatch(value) else value


def typed(name: str, value: str) -> str:
    """What a person typed, as the environment writes it. Raises ValidationError where a number has two meanings."""
    measured = DECLARED[name][1].kind.number
    return plain(number(value)) if measured and value.strip() and not _CLOCK.fullmatch(value.strip()) else value
