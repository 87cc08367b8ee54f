"""What a test sees in a PDF."""

from __future__ import annotations

import io
from typing import Any

import pypdf
from lxml import etree


def read(pdf: bytes) -> pypdf.PdfReader:
    """The file, read as strictly as can be."""
    return pypdf.PdfReader(io.BytesIO(pdf), strict=True)


def text_of(pdf: bytes) -> str:
    """All text without white space: how it is wrapped says nothing."""
    return squeezed("".join(page.extract_text() for page in read(pdf).pages))


def squeezed(text: str) -> str:
    """The text without white space and without places where it may be wrapped."""
    return "".join(text.split()).replace("\u200b", "")


def metadata(pdf: bytes) -> etree._Element:
    """The XMP metadata."""
    found = read(pdf).xmp_metadata
    assert found is not None
    return etree.fromstring(found.stream.get_data())


def resources(pdf: bytes, kind: str) -> list[Any]:
    """The resources of a kind, such as "/Font", of all pages."""
    pages: list[Any] = list(read(pdf).pages)
    return [one.get_object() for page in pages for one in page["/Resources"].get(kind, {}).values()]


def root(pdf: bytes) -> Any:
    """The catalogue."""
    return read(pdf).trailer["/Root"]
