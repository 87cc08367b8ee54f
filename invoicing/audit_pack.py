"""All that is known of one issued document in one zip, for an auditor. The same facts give the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from invoicing.documents import files
from invoicing.documents.content import NO_E_INVOICE, DocumentContent, content_of
from invoicing.export import one_snapshot, read_documents
from invoicing.management.writing import JsonLines
from invoicing.models import AuditEntry, Invoice
from rating.numerals import money
from rating.wording import sentences

BEGINNING: Final = (1980, 1, 1, 0, 0, 0)  # of the time that a zip knows: its own files have no other
MANIFEST: Final = "manifest.json"


def write_audit_pack(invoice: Invoice, out: IO[bytes], *, at: datetime) -> None:
    """Write the zip: document.pdf, document.xml where there is one, explanation.txt, export.json, audit.jsonl,
    payments.jsonl, and manifest.json with the SHA-256 of each.

    Raises NoSuchFile for a draft, and what drawing raises where the files were not drawn yet.
    """
    pdf = files.stored_pdf(invoice, at=at)
    has_xml = files.e_invoice_of(invoice) != NO_E_INVOICE
    xml = files.stored_xml(invoice, at=at) if has_xml else b""
    with ZipFile(out, "w") as archive:
        pack = _Pack(archive)
        pack.put("document.pdf", pdf)
        if xml:
            pack.put("document.xml", xml)
        with one_snapshot():
            pack.put("explanation.txt", "\n".join(_explained(content_of(invoice))).encode())
            with pack.part("export.json") as part:
                for document in read_documents([invoice.pk], at=at):
                    JsonLines().write(document, part)
            pack.put("audit.jsonl", _lines(_audit(invoice)))
            pack.put("payments.jsonl", _lines(_payments(invoice)))
        pack.close(invoice)


class _Part:
    """One file of the zip, written as text comes, and its hash."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, text: str | bytes, /) -> None:
        """Append."""
        content = text.encode() if isinstance(text, str) else text
        self._out.write(content)
        self._hash.update(content)
        self.size += len(content)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class _Pack:
    """The zip, and what went into it."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._written: dict[str, dict[str, object]] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[_Part]:
        """One file, for as long as the block takes."""
        info = ZipInfo(name, BEGINNING)
        info.compress_type = ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        with self._archive.open(info, "w", force_zip64=True) as out:
            part = _Part(out)
            yield part
        self._written[name] = {"sha256": part.sha256, "bytes": part.size}

    def put(self, name: str, content: bytes) -> None:
        """One file as a whole."""
        with self.part(name) as part:
            part.write(content)

    def close(self, invoice: Invoice) -> None:
        """Write the manifest."""
        manifest = {
            "id": invoice.external_id, "number": invoice.number, "kind": invoice.kind,
            "stored": {kept.format: {"sha256": kept.sha256, "stored_at": kept.created_at.isoformat()}
                       for kept in invoice.files.order_by("format")},
            "files": dict(self._written),
        }  # fmt: skip
        self.put(MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode() + b"\n")


def _explained(content: DocumentContent) -> Iterator[str]:
    """Each line with its explanation, in the language of the document; what cannot be told, as it is kept."""
    yield f"{content.number}\n"
    for line in content.lines:
        amount = money(line.amount_cents, content.currency, content.language)
        yield f"{line.position}. {' '.join(line.description.split())}: {amount}"
        try:
            told = sentences(
                line.explanation, language=content.language, currency=content.currency, amount_cents=line.amount_cents
            )
        except ValueError:
            told = [json.dumps(line.explanation, ensure_ascii=False, sort_keys=True)]
        yield from (f"   {sentence}" for sentence in told)
        yield ""


def _audit(invoice: Invoice) -> Iterator[dict[str, object]]:
    for entry in AuditEntry.objects.filter(subject_kind="invoice", subject_id=invoice.pk).order_by("pk"):
        yield {"at": entry.at.isoformat(), "by": entry.by, "action": entry.action, "reason": entry.reason,
               "data": entry.data}  # fmt: skip


def _payments(invoice: Invoice) -> Iterator[dict[str, object]]:
    for one in invoice.payments.order_by("pk"):
        yield {
            "id": one.external_id, "amount_cents": one.amount_cents, "currency": invoice.currency,
            "received_on": one.received_on.isoformat(), "method": one.method, "reference": one.reference,
            "recorded_at": one.recorded_at.isoformat(), "recorded_by": one.recorded_by,
        }  # fmt: skip


def _lines(rows: Iterator[dict[str, object]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
