"""Hostile text stays text, and what cannot be printed is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoicing.documents.pdf import pdf_of
from invoicing.documents.pdf.characters import FONTS, REPLACEMENT, one_line, printable
from tests.invoicing.paper import BUYER, Row, paper
from tests.invoicing.pdf_reading import read, squeezed, text_of

if TYPE_CHECKING:
    pass

HOSTILE = (
    '#import "@preview/x:1.0.0": * // /* \\ *bold* _it_ `raw` $a^2$ <label> @ref = Head - list #read("/etc/passwd") '
    "{{ x }} &amp; <b>"
)


def test_hostile_text_is_printed_as_text_in_every_field() -> None:
    marks = "\u202etfel\u202c\x00\x07\x1b[31m\u2066日🙂\ud800"
    hostile = f"{HOSTILE} {marks}"
    buyer = {**BUYER, **dict.fromkeys(("id", "name", "line1", "line2", "postcode", "city", "vat_id"), hostile)}
    rows = (Row(text=hostile, company=hostile), Row(text="x" * 10_000), Row(text="a\n\tb\u2028c"), Row(text=""))

    text = text_of(pdf_of(paper(*rows, kind="credit_note", reason=hostile, buyer=buyer, number=f"{HOSTILE}-1")))

    assert text.count(squeezed(HOSTILE)) >= 10
    assert text.count("x") >= 10_000
    assert f"{REPLACEMENT}tfel{REPLACEMENT * 3}" in text
    assert not set(marks) & set(text) - set("tfel[31m")


def test_text_keeps_its_lines_and_shows_what_it_cannot_print() -> None:
    assert printable("a\r\nb\tc\u2029d") == "a\nb c\nd"
    assert printable("Łódź Ελλάδα София e\u0301") == "Łódź Ελλάδα София é"
    assert printable("a\x00b\u202ec\ufeff\u200bd") == "a□b□c□□d"
    assert one_line(" a \n b ") == "a b"
    assert printable("x" * 50).replace("\u200b", "") == "x" * 50
    assert max(map(len, printable("y" * 500).split("\u200b"))) <= 30


def test_every_character_that_counts_as_printable_has_a_glyph_in_both_weights() -> None:
    ranges = (line.split("-") for line in (FONTS / "characters.txt").read_text(encoding="ascii").split())
    every = "".join(chr(code) for first, last in ranges for code in range(int(first, 16), int(last, 16) + 1))
    spaced = " ".join(every)

    pdf = pdf_of(paper(Row(text=spaced, company=spaced)))  # PDF/A is refused where one has none

    assert len(every) > 2000
    assert "ŁódźΩЖ" in squeezed(every + "ŁódźΩЖ")
    assert len(read(pdf).pages) > 1
