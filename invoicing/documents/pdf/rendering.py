"""Drawing a document. A compiler is kept: it has the fonts, and whatever documents have in common."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Final

import typst

import config
from invoicing.documents.content import DocumentContent
from invoicing.documents.pdf.characters import FONTS
from invoicing.documents.pdf.hybrid import XML_NAME, NotAsExpected, named_in_metadata
from invoicing.documents.pdf.view import view_of

TEMPLATE: Final = Path(__file__).parent / "templates" / "document.typ"
STANDARD: Final = "a-3b"
PANICS: Final = "pyo3_runtime"  # where a panic of the library below comes from; it is no Exception


class CannotBeDrawn(ValueError):  # noqa: N818 - says why, as a sentence
    """The document cannot be drawn as it is."""


def pdf_of(content: DocumentContent, xml: bytes = b"") -> bytes:
    """The document as PDF/A-3b; the same content gives the same bytes. Raises CannotBeDrawn.

    With `xml`, its Cross Industry Invoice, it is a Factur-X/ZUGFeRD document that carries it.

    Nothing is fetched: fonts come from this folder, the logo from where the settings name it.
    """
    try:
        drawn = _compiled(content, xml)
        return named_in_metadata(drawn) if xml else drawn
    except (typst.TypstError, NotAsExpected) as problem:
        raise CannotBeDrawn(f"{content.number}: {problem}") from problem
    except BaseException as problem:
        if type(problem).__module__ != PANICS:
            raise
        raise CannotBeDrawn(f"{content.number}: typst panicked: {problem}") from problem


def _compiled(content: DocumentContent, xml: bytes) -> bytes:
    look = config.billing().look
    logo = Path(look.logo)
    view = view_of(content, colour=look.colour, logo=f"/{logo.name}" if look.logo else "")
    drawn = _compilers.reading(str(logo.parent if look.logo else TEMPLATE.parent)).compile(
        input=_template(),
        sys_inputs={"document": json.dumps(view, ensure_ascii=False), "xml": xml.decode(), "xml-name": XML_NAME},
        format="pdf",
        pdf_standards=STANDARD,
        timestamp=datetime.combine(content.issue_on, time(12), UTC),
    )
    if not isinstance(drawn, bytes):
        raise NotAsExpected(f"typst answered {type(drawn).__name__}")
    return drawn


class _Compilers(threading.local):
    """A compiler serves one thread; each has its own."""

    def __init__(self) -> None:
        self._by_root: dict[str, typst.Compiler] = {}

    def reading(self, root: str) -> typst.Compiler:
        """The one that reads files below `root` alone, and that is the logo."""
        if root not in self._by_root:
            fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
            self._by_root[root] = typst.Compiler(root=root, font_paths=fonts)
        return self._by_root[root]


_compilers = _Compilers()


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()
