"""Sentences that are said or stored in English, told in the language of the page.

Where a refusal arises, or what came of something is stored, nobody knows who will read it. All such sentences are in
the catalogue (`billing_project.refusals` collects them) and are found again here by their words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.mofile import read_mo
from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext, gettext_lazy

from accounts.language import active
from rating.money import currencies

BUSY = gettext_lazy("somebody else is working on this right now; try again in a moment")
# SQLSTATE: raised by a trigger of ours without a code, lock not available, deadlock.
RAISED, LOCKED, DEADLOCK = "P0001", "55P03", "40P01"
INTEGRITY = "23"

# Where the catalogue keeps them: sentences with {0}, {1} for what differs each time.
CONTEXT: Final = "refusal"
# Far longer texts are no sentences of ours, and could be divided in very many ways before none of them fits.
LONGEST: Final = 1000
_PLACE: Final = re.compile(r"{\d+}")
_AMOUNT: Final = re.compile(r"(-?[0-9]{1,3}(?:,[0-9]{3})*)(?:\.([0-9]+))? ([A-Z]{3})")
_FIGURE: Final = re.compile(r"([0-9]+)\.([0-9]+) (h|%)")
_END_OF_SENTENCE: Final = re.compile(r"(?<=[.:?!]) (?=[A-Z])")


def sentence(problem: DatabaseError, known: Mapping[str, str] | None = None) -> str:
    """The refusal in words; "" where the problem is none but a fault, which must not be hidden.

    `known` holds sentences for constraints by their names. Triggers bring their own sentence.
    """
    diagnosis = getattr(problem.__cause__, "diag", None)
    state = getattr(diagnosis, "sqlstate", None) or ""
    if state in (LOCKED, DEADLOCK):
        return str(BUSY)
    if not state.startswith(INTEGRITY) and state != RAISED:
        return ""
    constraint = getattr(diagnosis, "constraint_name", None) or ""
    said = getattr(diagnosis, "message_primary", None) or str(problem)
    return str((known or {}).get(constraint) or told(said))


def told(said: str) -> str:
    """What a use case said, in the language of the page; as it is where the catalogue does not know the sentence.

    Use cases speak English, to commands and logs as well; what differs each time is found by its place.
    """
    if active() == "en":
        return said
    for mark, parts in (("; ", said.split("; ")), ("", [said]), (" ", _END_OF_SENTENCE.split(said))):
        if all(several := [_translated(part) for part in parts]):
            return mark.join(several)
    return said


def _translated(said: str) -> str:
    if len(said) > LONGEST:
        return ""
    for within, pattern, translation in _known(active()):
        # Most sentences are told apart by a look at one piece of them.
        if within in said and (found := pattern.fullmatch(said)):
            return translation.format(*(_translated(part) or _word(part) for part in found.groups()))
    return ""


def _word(part: str) -> str:
    """A state or an amount within a sentence; what is no word of the catalogue, as names and numbers, stays."""
    if found := _AMOUNT.fullmatch(part) or _FIGURE.fullmatch(part):
        whole, places, unit = found.groups(default="")
        # What was written on a German page is German already.
        is_english = unit in ("h", "%", *currencies(len(places)))
        return f"{','.join(filter(None, [whole.replace(',', '.'), places]))} {unit}" if is_english else part
    if part and (own := gettext(part)) != part:
        return own
    label = part.capitalize()
    return gettext(label) if part and gettext(label) != label else part


@cache
def _known(language: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """All sentences: their longest piece, pattern and translation; those that say most by themselves first."""
    with (Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        # Read from a compiled file, contexts are bytes.
        found = [(str(one.id), str(one.string)) for one in read_mo(file) if one.context in (CONTEXT, CONTEXT.encode())]
    found.sort(key=lambda one: (-len(_PLACE.sub("", one[0]).replace(" ", "")), len(_PLACE.findall(one[0]))))
    return tuple((max(_PLACE.split(text), key=len), _pattern(text), translation) for text, translation in found)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(map(re.escape, _PLACE.split(text))), re.DOTALL)
