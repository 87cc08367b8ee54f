"""What makes a PDF with its XML a Factur-X document: a name for it in the metadata.

typst attaches the XML as PDF/A-3 asks, but has no place for metadata of others. They are added by an incremental
update: the metadata appear once more, longer, behind the old end of the file, and nothing that was written is touched.
(The library that could do it writes the whole file anew and reads the clock: the same document would differ each time.)
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

TEMPLATES: Final = Path(__file__).parent / "templates"
XML_NAME: Final = "factur-x.xml"
_END: Final = re.compile(
    rb"trailer\s*<<(?P<trailer>.*?/Root (?P<root>\d+) 0 R.*?)>>\s*startxref\s+(?P<xref>\d+)\s+%%EOF\s*\Z", re.DOTALL
)
_METADATA: Final = re.compile(rb"/Metadata (\d+) 0 R")
_STREAM: Final = re.compile(rb"<<[^>]*?/Subtype\s*/XML[^>]*>>\s*stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_SCHEMAS_END: Final = b"</rdf:Bag></pdfaExtension:schemas>"
_RDF_END: Final = b"</rdf:RDF>"


class NotAsExpected(ValueError):  # noqa: N818 - says what was found, as a sentence
    """The PDF is not built as typst builds it."""


def named_in_metadata(pdf: bytes) -> bytes:
    """The same PDF, whose metadata say that the attached XML is the invoice. Raises NotAsExpected."""
    end = _END.search(pdf)
    if end is None:
        raise NotAsExpected("the PDF does not end with a trailer")
    number = _found(_METADATA, _object(pdf, int(end["root"])), "no metadata in the catalogue")
    metadata = _found(_STREAM, _object(pdf, int(number)), "no plain metadata")
    head, schemas, rest = metadata.partition(_SCHEMAS_END)
    body, rdf, tail = rest.partition(_RDF_END)
    if not schemas or not rdf:
        raise NotAsExpected("metadata without extension schemas")
    longer = b"".join((head, _part("schema"), schemas, body, _part("description"), rdf, tail))
    return pdf + _update(len(pdf), int(number), longer, end)


def _update(start: int, number: int, metadata: bytes, end: re.Match[bytes]) -> bytes:
    """One object, where it is, and where the rest is."""
    lead = b"\n"
    stream = b"%d 0 obj\n<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n" % (number, len(metadata))
    written = lead + stream + metadata + b"\nendstream\nendobj\n"
    table = b"xref\n0 1\n0000000000 65535 f\r\n%d 1\n%010d 00000 n\r\n" % (number, start + len(lead))
    trailer = b"trailer\n<<%s/Prev %s>>\nstartxref\n%d\n%%%%EOF" % (end["trailer"], end["xref"], start + len(written))
    return written + table + trailer


def _object(pdf: bytes, number: int) -> bytes:
    """An object of a file that has no updates yet: each is there once."""
    start = pdf.find(b"\n%d 0 obj" % number)
    return pdf[start : pdf.find(b"endobj", start)] if start >= 0 else b""


def _found(pattern: re.Pattern[bytes], text: bytes, problem: str) -> bytes:
    found = pattern.search(text)
    if found is None:
        raise NotAsExpected(problem)
    return found[1]


def _part(name: str) -> bytes:
    return (TEMPLATES / f"factur-x-{name}.xml").read_bytes().strip()
