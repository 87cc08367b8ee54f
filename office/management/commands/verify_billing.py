"""Compute every line again and check every promise of billing."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from invoicing.management import edges
from invoicing.management.listing import JsonListing
from office.verification.run import CHECKS, Checked, verify
from office.verification.violation import Violation


class Command(edges.EdgeCommand):
    help = (
        "Compute every line again from its explanation, and check what billing promises: nothing twice, sums, tax, "
        "numbers, claims, allowances, reasons, the audit trail. Writes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")

    def handle(self, **options: Any) -> None:
        """Exit 0 where every promise holds; 1 with each violation."""
        checked = Checked()
        progress = edges.Progress("lines", out=self.stdout, err=self.stderr)
        found = verify(checked, progress=progress.add)
        report = self._as_json if options["format"] == "json" else self._as_text
        count = report(found, checked)
        progress.end()
        if count:
            raise CommandError(f"{count} violation{'' if count == 1 else 's'}")

    def _as_json(self, found: Iterator[Violation], checked: Checked) -> int:
        count = 0
        listing = JsonListing(self.stdout, {"checks": CHECKS}, "violations")
        for violation in found:
            listing.add([asdict(violation)])
            count += 1
        listing.end({"checked": asdict(checked)})
        return count

    def _as_text(self, found: Iterator[Violation], checked: Checked) -> int:
        count = 0
        for violation in found:
            self.stdout.write(str(violation))
            count += 1
        rows = ", ".join(f"{number} {name}" for name, number in asdict(checked).items())
        self.stdout.write(f"checked {rows}: {count or 'no'} violation{'' if count == 1 else 's'}")
        return count
