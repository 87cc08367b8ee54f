"""Text that is put together before anybody reads it, so that no transaction waits for a slow reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import Final, TextIO, cast

from invoicing.export import one_snapshot, read_documents
from invoicing.management.writing import Writer

IN_MEMORY: Final = 8 * 2**20
CHUNK: Final = 2**16


@contextmanager
def spooled() -> Iterator[TextIO]:
    """A file for text: in memory as long as it is small."""
    with SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8", newline="") as spool:
        yield cast(TextIO, spool)


def chunks(spool: TextIO) -> Iterator[str]:
    """All of it from its beginning, piece by piece."""
    spool.seek(0)
    while text := spool.read(CHUNK):
        yield text


def page_of_text(ids: Sequence[int], writer: Writer, *, at: datetime) -> Iterator[str]:
    """A page of documents, read as of one moment, as the writer writes them."""
    with spooled() as page:
        with one_snapshot():
            for document in read_documents(ids, at=at):
                writer.write(document, page)
        yield from chunks(page)
