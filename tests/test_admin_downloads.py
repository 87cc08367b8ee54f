"""The files of a document, on its page."""

from __future__ import annotations

import pytest
from django.urls import reverse

from invoicing.documents import files
from invoicing.documents.pdf import CannotBeDrawn
from invoicing.models import Invoice
from tests.factories import ClientFactory
from tests.invoicing.documents import draft, issue
from tests.signing_in import signed_in

pytestmark = pytest.mark.django_db


def issued(**client):
    document = draft(1000, client=ClientFactory.create(**client))
    issue(document)
    return document


def page(document):
    return reverse("admin:invoicing_invoice_change", args=[document.pk])


def address(document, name):
    return reverse(f"admin:invoicing_invoice_{name}", args=[document.pk])


def test_the_page_offers_what_there_is_and_serves_it_unchanged():
    document, other = issued(e_invoice="zugferd"), issued()
    viewer = signed_in("viewer")

    assert address(document, "xml") in viewer.get(page(document)).content.decode()
    plain = viewer.get(page(other)).content.decode()
    assert address(other, "pdf") in plain
    assert address(other, "xml") not in plain

    pdf, xml = viewer.get(address(document, "pdf")), viewer.get(address(document, "xml"))
    assert pdf.content == bytes(document.files.get().content)
    assert (pdf["Content-Type"], xml["Content-Type"]) == ("application/pdf", "application/xml")
    assert pdf["Content-Disposition"] == f'attachment; filename="{document.number}.pdf"'
    assert pdf["X-Content-Type-Options"] == "nosniff"
    assert xml.content == files.stored_xml(document, at=document.issued_at)


def test_a_draft_has_no_files_and_who_may_see_nothing_gets_none():
    document, other = issued(), draft(1000, client=ClientFactory.create())
    viewer = signed_in("viewer")

    assert viewer.get(address(other, "pdf")).status_code == 403
    assert viewer.get(address(document, "xml")).status_code == 403
    assert signed_in("viewer", is_active=False).get(address(document, "pdf")).status_code == 302
    assert document.files.count() == 0


def test_a_document_that_cannot_be_drawn_says_so(monkeypatch):
    document = issued()

    def refused(*_, **__):
        raise CannotBeDrawn("no glyph")

    monkeypatch.setattr(files, "stored", refused)
    answer = signed_in("viewer").get(address(document, "pdf"), follow=True)

    assert "The document cannot be drawn: no glyph" in answer.content.decode()


def test_names_of_files_are_safe_on_every_system():
    assert files.file_name(Invoice(number='../A/1"\r\nX: ü'), "pdf") == "A-1-X.pdf"
    assert files.file_name(Invoice(number="…"), "xml") == "document.xml"
