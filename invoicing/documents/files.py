"""Files of issued documents: drawn once, stored, and served unchanged for ever."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from invoicing import audit
from invoicing.documents.content import NO_E_INVOICE, DocumentContent, content_of
from invoicing.documents.einvoice import xml_of
from invoicing.documents.pdf import pdf_of
from invoicing.halving import database_is_away
from invoicing.models import AuditEntry, Invoice, StoredFile

log = structlog.get_logger("billing.documents")

PDF = StoredFile.Format.PDF
HYBRID = "zugferd"  # the XML is inside the PDF
XRECHNUNG = (StoredFile.Format.XRECHNUNG_CII, StoredFile.Format.XRECHNUNG_UBL)
BY = "system"
FAILED = "invoice.files_failed"
# Noted before a large document is drawn: should that cost the worker its life, nothing would be noted after.
BEGUN = "invoice.files_begun"
LARGE = 1000  # lines
ATTEMPTS = (BEGUN, FAILED)
MOST_FAILURES = 3
FAILURES_COUNT_FOR = timedelta(days=1)
LONGEST_REASON = 300
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class NoSuchFile(LookupError):  # noqa: N818 - says why, as a sentence
    """The document has no file of that kind."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One document whose files are stored, or the reason why not."""

    invoice: int
    problem: str = ""


def render_documents(ids: Sequence[int], at: datetime) -> list[Rendered]:
    """Draw and store the files of these documents, one after the other; those that have them are left as they are.

    A document that cannot be drawn answers its problem, which the audit trail keeps. Raises the database's error when
    the database itself is away.
    """
    found = Invoice.objects.filter(pk__in=ids, issued_at__isnull=False, rendered_at__isnull=True)
    return [_rendered(invoice, at) for invoice in found.select_related("cancels").order_by("line_count", "pk")]


def to_render(*, at: datetime, limit: int) -> list[int]:
    """Issued documents without files, the short ones first: one that takes too long keeps no other waiting.

    One that failed three times within a day waits until the day is over.
    """
    attempts = AuditEntry.objects.filter(
        subject_kind="invoice", subject_id=OuterRef("pk"), action__in=ATTEMPTS, at__gt=at - FAILURES_COUNT_FOR
    )
    counted = attempts.order_by().values("subject_id").annotate(count=Count("at", distinct=True)).values("count")
    pending = Invoice.objects.filter(Q(issued_at__isnull=False), rendered_at__isnull=True)
    ready = pending.annotate(failures=Coalesce(Subquery(counted), 0)).filter(failures__lt=MOST_FAILURES)
    return list(ready.order_by(F("failures"), "line_count", "pk").values_list("pk", flat=True)[:limit])


def stored(invoice: Invoice, format: str, *, at: datetime) -> bytes:  # noqa: A002 - what everybody calls it
    """The file "pdf", "xrechnung_cii" or "xrechnung_ubl" of an issued document, drawn first where it is not there yet.

    Raises NoSuchFile for a draft and for a format that its recipient does not get; what drawing raises.
    """
    if invoice.number is None:
        raise NoSuchFile(f"{invoice} is not issued: it has no files yet")
    if format not in formats_of(invoice):
        raise NoSuchFile(f"{invoice} has no file of the format {format}")
    if invoice.rendered_at is None:
        _store(invoice, _drawn(content_of(invoice)), at)
    return bytes(invoice.files.get(format=format).content)


def stored_pdf(invoice: Invoice, *, at: datetime) -> bytes:
    """The PDF of an issued document. Raises as `stored` does."""
    return stored(invoice, PDF, at=at)


def stored_xml(invoice: Invoice, *, at: datetime) -> bytes:
    """The electronic invoice of a document, also where it is inside the PDF. Raises NoSuchFile where there is none."""
    wanted = e_invoice_of(invoice)
    if wanted in XRECHNUNG:
        return stored(invoice, wanted, at=at)
    if wanted != HYBRID:
        raise NoSuchFile(f"{invoice} is no electronic invoice: its recipient gets the PDF alone")
    from facturx import get_facturx_xml_from_pdf

    _, xml = get_facturx_xml_from_pdf(stored_pdf(invoice, at=at), check_xsd=False)
    return bytes(xml)


def formats_of(invoice: Invoice) -> list[str]:
    """The files that an issued document has."""
    wanted = e_invoice_of(invoice)
    return [PDF, *([wanted] if wanted in XRECHNUNG else [])]


def e_invoice_of(invoice: Invoice) -> str:
    """The electronic format that the recipient asked for when the document was issued; "none" for none."""
    return str((invoice.buyer or {}).get("e_invoice") or NO_E_INVOICE)


def file_name(invoice: Invoice, ending: str) -> str:
    """A name for a file of the document that every system takes: letters, digits, dots, dashes and underscores."""
    return f"{_UNSAFE.sub('-', invoice.number or invoice.external_id).strip('.-') or 'document'}.{ending}"


def _rendered(invoice: Invoice, at: datetime) -> Rendered:
    if invoice.line_count > LARGE:
        audit.record(BEGUN, invoice, by=BY, at=at)
    try:
        _store(invoice, _drawn(content_of(invoice)), at)
    except Exception as problem:  # whatever it is: the others are drawn, and a person is told
        if database_is_away(problem):
            raise
        reason = f"{type(problem).__name__}: {problem}"[:LONGEST_REASON]
        log.exception("document not drawn", document=invoice.number, reason=reason)
        audit.record(FAILED, invoice, by=BY, at=at, reason=reason)
        return Rendered(invoice.pk, reason)
    return Rendered(invoice.pk)


def _drawn(content: DocumentContent) -> dict[str, bytes]:
    """The files by format; no transaction waits for this."""
    wanted = str(content.buyer.get("e_invoice") or NO_E_INVOICE)
    if wanted == HYBRID:
        return {PDF: pdf_of(content, xml_of(content, HYBRID))}
    files: dict[str, bytes] = {PDF: pdf_of(content)}
    if wanted in XRECHNUNG:
        files[wanted] = xml_of(content, wanted)
    return files


@transaction.atomic
def _store(invoice: Invoice, files: dict[str, bytes], at: datetime) -> None:
    """All files or none. Who comes second leaves what is there: the constraint lets each be there once."""
    StoredFile.objects.bulk_create(
        [
            StoredFile(
                invoice=invoice, format=name, content=content, sha256=hashlib.sha256(content).hexdigest(),
                created_at=at,
            )
            for name, content in files.items()
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    Invoice.objects.filter(pk=invoice.pk, rendered_at__isnull=True).update(rendered_at=at)
