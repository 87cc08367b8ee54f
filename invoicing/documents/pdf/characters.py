"""Which characters a document can show. PDF/A wants a glyph for each; everything else is replaced visibly."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

FONTS: Final = Path(__file__).parent / "fonts"
REPLACEMENT: Final = "□"
LINE_BREAKS: Final = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
# Text without a space is wrapped anywhere after so many characters: it would else run out of its column.
LONGEST_WORD: Final = 24
_LONG_WORD: Final = re.compile(rf"[^\s\u200b]{{{LONGEST_WORD}}}(?=[^\s\u200b])")
BREAK_HERE: Final = "\u200b"


def printable(text: str) -> str:
    """The text as it can be printed: line breaks stay; control characters, marks that turn the direction of reading,
    and what the font lacks become a box that everybody sees."""
    if text.isascii() and text.isprintable():
        return _wrapped(text)
    composed = unicodedata.normalize("NFC", LINE_BREAKS.sub("\n", text).replace("\t", " "))
    return _wrapped(composed.translate(_shown()))


def one_line(text: str) -> str:
    """The same with spaces for line breaks."""
    return " ".join(printable(text).split())


def _wrapped(text: str) -> str:
    return _LONG_WORD.sub(lambda found: found[0] + BREAK_HERE, text) if len(text) > LONGEST_WORD else text


class _Shown(dict[int, str]):
    """For `str.translate`: what the font has stands for itself, all else for the replacement."""

    def __missing__(self, code: int) -> str:
        return REPLACEMENT


@cache
def _shown() -> _Shown:
    """The characters of both fonts, as ranges in hexadecimal."""
    found = _Shown({10: "\n"})
    for line in (FONTS / "characters.txt").read_text(encoding="ascii").split():
        first, _, last = line.partition("-")
        found.update((code, chr(code)) for code in range(int(first, 16), int(last, 16) + 1))
    return found
