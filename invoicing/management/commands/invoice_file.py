"""Write the PDF or the XML of an issued document, as it was stored."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from invoicing.documents import files
from invoicing.documents.pdf import CannotBeDrawn
from invoicing.management import edges
from invoicing.management.correcting import document_named
from invoicing.management.writing_files import STANDARD_OUTPUT, opened


class Command(edges.EdgeCommand):
    help = (
        "Write the PDF or the XML of an issued document, byte for byte as it was stored; drawn first where it was not."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("invoice", metavar="ID", help="the document's id or number")
        parser.add_argument("--format", choices=("pdf", "xml"), default="pdf", help="default: pdf")
        parser.add_argument("--output", metavar="FILE", default=STANDARD_OUTPUT, help="default: standard output")

    def handle(self, *, invoice: str, output: str, **options: Any) -> None:
        """Exit 0; 1 where the id names nothing, or the document has no such file."""
        document, now = document_named(invoice), timezone.now()
        read = files.stored_xml if options["format"] == "xml" else files.stored_pdf
        try:
            content = read(document, at=now)
        except (files.NoSuchFile, CannotBeDrawn) as refusal:
            raise CommandError(str(refusal)) from refusal
        with opened(output, self.stdout) as file:
            file.write(content)
