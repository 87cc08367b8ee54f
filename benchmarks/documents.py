"""Drawing a hundred issued documents, against as many pages with one word; and all from row to stored file."""

from __future__ import annotations

import argparse
import statistics
from typing import TYPE_CHECKING

import typst

from benchmarks import data
from benchmarks.bill_tickets import bill
from benchmarks.issue_drafts import issue
from benchmarks.measure import Contender, in_turns, print_ratios
from benchmarks.stage import owner, stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.stage import Stage

FLOOR = "floor: pages with one word, PDF/A-3b"
DRAWN, HYBRID, XML, STORED = "PDF", "PDF with its XML inside", "XML alone", "from row to stored file"
PAGE = b'#set document(title: "One word")\n#set text(lang: "de")\n%d'
TICKETS_A_DOCUMENT = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--throw-away", action="store_true", help="without fsync")
    options = parser.parse_args()
    with stage(durable=not options.throw_away) as ready:
        clients = -(-options.documents * 10 // 8)  # of ten clients two are wholly covered
        data.build(clients * TICKETS_A_DOCUMENT, clients=clients)
        bill()
        issue()
        with owner() as connection:
            connection.execute("VACUUM (ANALYZE)")
        measure(ready, count=options.documents, repeat=options.repeat)


def measure(ready: Stage, *, count: int, repeat: int) -> None:
    """Time each way in turns, and print ratios and milliseconds of one document."""
    from invoicing.documents import files
    from invoicing.documents.content import content_of
    from invoicing.documents.einvoice import xml_of
    from invoicing.documents.pdf import pdf_of
    from invoicing.models import Invoice

    with ready.trial():
        keys = files.to_render(at=data.AT, limit=count)
        contents = [content_of(invoice) for invoice in Invoice.objects.filter(pk__in=keys).select_related("cancels")]
    lines, size = statistics.mean(len(one.lines) for one in contents), len(pdf_of(contents[0]))
    print(f"{len(contents)} documents with {lines:.1f} lines each, the first of {size / 1000:.0f} kB")
    contenders = [
        Contender(FLOOR, lambda: one_word_pages(len(contents))),
        Contender(DRAWN, lambda: each(pdf_of(content) for content in contents)),
        Contender(XML, lambda: each(xml_of(content, "zugferd") for content in contents)),
        Contender(HYBRID, lambda: each(pdf_of(content, xml_of(content, "zugferd")) for content in contents)),
        Contender(STORED, lambda: stored(keys)),
    ]
    seconds = in_turns(ready, contenders, repeat=repeat)
    print_ratios(f"Drawing {len(contents)} documents", seconds, floor=FLOOR)
    for name, taken in seconds.items():
        print(f"  {name}: {statistics.median(taken) * 1000 / len(contents):.1f} ms each")


def one_word_pages(count: int) -> None:
    """The least that typst takes for a file of its own, with a compiler that is there already."""
    compiler = typst.Compiler(font_paths=typst.Fonts(include_system_fonts=False))
    for number in range(count):
        assert compiler.compile(input=PAGE % number, format="pdf", pdf_standards="a-3b")


def each(results: Iterable[bytes]) -> None:
    """Work through them; each is a file."""
    for result in results:
        assert result.startswith((b"%PDF", b"<?xml"))


def stored(keys: Sequence[int]) -> None:
    """What the task does with documents that wait."""
    from invoicing.documents import files

    answers = files.render_documents(keys, data.AT)
    assert len(answers) == len(keys)
    assert not any(one.problem for one in answers)


if __name__ == "__main__":
    main()
