"""Write all that is known of one issued document into a zip."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from invoicing.audit_pack import write_audit_pack
from invoicing.documents.files import NoSuchFile
from invoicing.documents.pdf import CannotBeDrawn
from invoicing.management import edges
from invoicing.management.correcting import document_named
from invoicing.management.writing_files import opened


class Command(edges.EdgeCommand):
    help = "Write PDF, XML, explanations, audit trail and payments of one issued document into a zip with their hashes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("invoice", metavar="ID", help="the document's id or number")
        parser.add_argument("--output", metavar="FILE", required=True, help='the zip; "-" for standard output')

    def handle(self, *, invoice: str, output: str, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Exit 0; 1 where the id names nothing, or the document is not issued."""
        document = document_named(invoice)
        with opened(output, self.stdout) as file:
            try:
                write_audit_pack(document, file, at=timezone.now())
            except (NoSuchFile, CannotBeDrawn) as refusal:
                raise CommandError(str(refusal)) from refusal
