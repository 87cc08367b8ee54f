"""PDF documents are PDF/A-3b, carry their XML, have the seller's look, and come out the same each time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from facturx import get_facturx_xml_from_pdf
from lxml import etree

from config.look import LARGEST_LOGO, PICTURE, Look
from invoicing.documents.einvoice import xml_of
from invoicing.documents.pdf import CannotBeDrawn, pdf_of
from invoicing.documents.pdf.hybrid import NotAsExpected, named_in_metadata
from invoicing.documents.pdf.rendering import _Compilers
from invoicing.documents.pdf.words import GERMAN
from tests.factories import configure
from tests.invoicing.paper import Row, paper
from tests.invoicing.pdf_examples import examples
from tests.invoicing.pdf_reading import metadata, read, resources, root, text_of

if TYPE_CHECKING:
    pass

EXAMPLES = examples()


def test_it_claims_to_be_pdf_a_3b_and_has_what_that_asks_for() -> None:
    for content in (EXAMPLES["invoice-de"], EXAMPLES["aggregate"]):
        reader, xmp = read(pdf_of(content)), metadata(pdf_of(content))
        catalogue = root(pdf_of(content))

        claims = {etree.QName(one).localname: one.text for one in xmp.iter("{http://www.aiim.org/pdfa/ns/id/}*")}
        assert claims == {"part": "3", "conformance": "B"}
        assert catalogue["/OutputIntents"]
        assert catalogue["/Lang"] == "de-DE"
        assert reader.trailer["/ID"]
        assert not reader.is_encrypted
        assert reader.metadata is not None
        assert reader.metadata.title == f"{GERMAN[content.kind]} {content.number}"
        used = [font["/DescendantFonts"][0]["/FontDescriptor"] for font in resources(pdf_of(content), "/Font")]
        assert used
        assert all("/FontFile3" in font for font in used)


def test_a_hybrid_names_its_xml_and_carries_it_unchanged() -> None:
    content = paper(Row(text="Müller & Söhne <b>"))
    xml = xml_of(content, "zugferd")

    pdf = pdf_of(content, xml)

    assert get_facturx_xml_from_pdf(pdf, check_xsd=True) == ("factur-x.xml", xml)
    (attached,) = root(pdf)["/AF"]
    assert attached.get_object()["/AFRelationship"] == "/Alternative"
    assert attached.get_object()["/EF"]["/F"].get_object()["/Subtype"] == "/text/xml"
    xmp = metadata(pdf)
    named = xmp.iter("{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}*")
    said = {etree.QName(one).localname: one.text for one in named}
    assert said == {
        "DocumentType": "INVOICE", "DocumentFileName": "factur-x.xml", "Version": "1.0", "ConformanceLevel": "EN 16931",
    }  # fmt: skip
    described = {one.text for one in xmp.iter("{http://www.aiim.org/pdfa/ns/property#}name")}
    assert described >= set(said)  # PDF/A wants a schema for what it does not know
    assert text_of(pdf) == text_of(pdf_of(content))


def test_the_same_content_is_the_same_file() -> None:
    content = EXAMPLES["invoice-de"]
    xml = xml_of(content, "zugferd")

    assert pdf_of(content, xml) == pdf_of(content, xml)
    assert pdf_of(content) != pdf_of(replace(content, number="INV-2026-00043"))


def test_threads_of_a_web_server_draw_at_the_same_time() -> None:
    contents = [*EXAMPLES.values()] * 4

    with ThreadPoolExecutor(4) as threads:
        drawn = list(threads.map(pdf_of, contents))

    assert drawn == [pdf_of(content) for content in contents]


PICTURES = Path(__file__).parents[2] / "docs" / "images"


def test_the_logo_stands_where_else_the_name_is(settings: Any, tmp_path: Path) -> None:
    content = paper()
    plain = text_of(pdf_of(content))
    configure(settings, look=Look(colour="#a00000", logo=str(PICTURES / "admin-home.png")))

    with_logo = pdf_of(content)

    assert resources(with_logo, "/XObject")[0]["/Subtype"] == "/Image"
    assert text_of(with_logo).count("ExampleSystemsGmbH") == plain.count("ExampleSystemsGmbH") - 1
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nIEND\xaeB`\x82")
    configure(settings, look=Look(logo=str(broken)))
    with pytest.raises(CannotBeDrawn, match="INV-2026-00001"):
        pdf_of(content)


def test_a_logo_is_a_whole_picture_of_a_known_kind(tmp_path: Path) -> None:
    whole = (PICTURES / "admin-home.png").read_bytes()
    for name, content, reason in (
        ("none.png", None, "cannot be read"),
        ("half.png", whole[:-20], "no whole PNG or JPEG"),
        ("text.png", b"<svg/>", "no whole PNG or JPEG"),
        ("named.gif", whole, "no whole PNG or JPEG"),
        ("big.png", whole + b" " * LARGEST_LOGO, "larger than"),
    ):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ValueError, match=reason):
            PICTURE.parse(str(path))
    assert PICTURE.parse(str(PICTURES / "admin-home.png")).endswith("admin-home.png")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ((b"trailer\n", b"another\n"), "does not end with a trailer"),
        ((b"/Metadata ", b"/Metapipe "), "no metadata in the catalogue"),
        ((b"/Subtype/XML", b"/Subtype/XYZ"), "no plain metadata"),
        ((b"</pdfaExtension:schemas>", b"</pdfaExtension:schemes>"), "without extension schemas"),
    ],
)
def test_a_pdf_that_is_not_built_as_expected_is_refused(spoil: tuple[bytes, bytes], said: str) -> None:
    with pytest.raises(NotAsExpected, match=said):
        named_in_metadata(pdf_of(paper()).replace(*spoil))


def test_a_panic_below_is_a_reason_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    panic = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})

    class Panicking:
        def compile(self, **_: Any) -> bytes:
            raise panic("index out of bounds")

    monkeypatch.setattr(_Compilers, "reading", lambda *_: Panicking())

    with pytest.raises(CannotBeDrawn, match="INV-2026-00001: typst panicked: index out of bounds"):
        pdf_of(paper())
