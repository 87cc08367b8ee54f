"""Files to take away, written as the commands write them, and as answers that nobody else keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile, TemporaryFile
from typing import IO, Final

from django.core.management.base import OutputWrapper
from django.db.models import QuerySet
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from invoicing.audit_pack import write_audit_pack
from invoicing.export import one_snapshot, pages_of_ids
from invoicing.management.spooled import IN_MEMORY, chunks, page_of_text, spooled
from invoicing.management.writing import WRITERS
from invoicing.models import Invoice
from office.management.unbilled import WRITERS as UNBILLED_WRITERS
from office.unbilled.asked import Asked
from office.unbilled.totals import Totals, unbilled

JSON_LINES, CSV = "json", "csv"
TYPES: Final = {JSON_LINES: ("application/x-ndjson", "jsonl"), CSV: ("text/csv; charset=utf-8", "csv")}


def invoices(found: QuerySet[Invoice], format_name: str) -> StreamingHttpResponse:
    """The documents, page by page as they are read."""
    content_type, ending = TYPES[format_name]
    return _streamed(_invoice_text(found, format_name), f"invoices.{ending}", content_type)


def unbilled_units(wanted: Asked) -> StreamingHttpResponse:
    """A row of CSV for each unit that nothing has settled."""
    return _streamed(_unbilled_text(wanted), f"unbilled-{wanted.day}.csv", TYPES[CSV][0])


def bookings(lines: Iterable[bytes], name: str, month: str) -> FileResponse:
    """A file for a bookkeeping program, complete before it leaves: a tax without an account must stop it.

    Raises what reading the lines raises.
    """
    file: IO[bytes] = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the answer closes it
    try:
        for line in lines:
            file.write(line)
    except BaseException:
        file.close()
        raise
    return _answered(file, f"{name}-{month}.csv", "text/csv")


def audit_pack(document: Invoice) -> FileResponse:
    """All that is known of a document, as a zip. Raises NoSuchFile and CannotBeDrawn."""
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it
    try:
        write_audit_pack(document, file, at=timezone.now())
    except BaseException:
        file.close()
        raise
    return _answered(file, f"audit-{document.number}.zip", "application/zip")


def _invoice_text(found: QuerySet[Invoice], format_name: str) -> Iterator[str]:
    writer = WRITERS[format_name]
    with spooled() as head:
        writer.begin(head)
        yield from chunks(head)
    for ids in pages_of_ids(found):
        yield from page_of_text(ids, writer, at=timezone.now())


def _unbilled_text(wanted: Asked) -> Iterator[str]:
    with spooled() as spool:
        with one_snapshot():
            UNBILLED_WRITERS[CSV](OutputWrapper(spool), wanted).write(Totals(), unbilled(wanted))
        yield from chunks(spool)


def _answered(file: IO[bytes], name: str, content_type: str) -> FileResponse:
    file.seek(0)
    answer = FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _streamed(text: Iterator[str], name: str, content_type: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        text,
        content_type=content_type,
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
