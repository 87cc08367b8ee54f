"""Write or check the German catalogue."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing_project import catalogue


class Command(BaseCommand):
    """Texts of the product and their German translations: see docs/extending.md."""

    help = "Write the German catalogue: new texts without a translation, gone ones gone. --check only looks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail where the catalogue is not whole"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        """Write, then say what is left to translate."""
        if not options["check"]:
            catalogue.write()
        found = catalogue.problems()
        for problem in found:
            self.stdout.write(problem)
        if found and options["check"]:
            raise CommandError(f"{len(found)} texts are not in order: translate them in {catalogue.PO}")
        self.stdout.write(f"{len(found)} to translate" if found else "The catalogue is whole.")
