"""What became of every billable unit, and which of them are not billed and why."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import CommandError, OutputWrapper
from django.utils import timezone

from invoicing.export import one_snapshot
from invoicing.management import edges
from invoicing.management.spooled import chunks, spooled
from office.management.unbilled import WRITERS
from office.unbilled.asked import Asked, asked
from office.unbilled.totals import Totals, totals, unbilled
from office.unbilled.units import Unit

NAMED = 10


class Command(edges.EdgeCommand):
    help = (
        "Count every billable unit (time, expenses, ticket fees, charges; calls, cases, services, changes and fees of "
        "managed companies) by what became of it: billed, covered, free, absorbed, billed elsewhere, waived, held, "
        "skipped, not counted, pending, or open; list those that nothing has settled with their reasons; and check "
        "that none is lost. Writes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--client", metavar="ID", help="only this client's work")
        parser.add_argument(
            "--as-of", metavar="DATE", help="as it stood at the end of this day in the issuer's zone (default: now)"
        )
        parser.add_argument("--format", choices=sorted(WRITERS), default="text", help="default: text")

    def handle(self, *, client: str | None, as_of: str | None, **options: Any) -> None:
        """Exit 0; 1 where the closing balance is not zero, with what is lost, or where an option names nothing."""
        wanted = _asked(client, as_of)
        progress = edges.Progress("units", out=self.stdout, err=self.stderr)
        lost: list[str] = []
        with spooled() as spool:
            writer = WRITERS[options["format"]](OutputWrapper(spool), wanted)
            with one_snapshot():
                found = totals(wanted)
                writer.write(found, _watched(unbilled(wanted), lost, progress))
            progress.end()
            for text in chunks(spool):
                self.stdout.write(text, ending="")
        if found.unbalanced:
            raise CommandError(_told(found, lost))


def _asked(client: str | None, as_of: str | None) -> Asked:
    owner = None if client is None else edges.client_named(client)
    day = None if as_of is None else edges.day(as_of, "--as-of")
    try:
        return asked(day, now=timezone.now(), client=owner)
    except ValueError as problem:
        raise CommandError(f"--as-of: {problem}") from problem


def _watched(units: Iterable[Unit], lost: list[str], progress: edges.Progress) -> Iterator[Unit]:
    """The units as they come; the first of those that are lost are remembered by name."""
    for unit in units:
        if unit.bucket is None and len(lost) < NAMED:
            lost.append(" ".join(filter(None, (unit.type.replace("_", " "), unit.id, unit.part))))
        progress.add(1)
        yield unit


def _told(found: Totals, lost: list[str]) -> str:
    gaps = ", ".join(f"{name.replace('_', ' ')} {gap:+}" for name, gap in found.unbalanced.items())
    named = f"; in no bucket: {', '.join(lost)}" if lost else ""
    return f"the closing balance is {found.closing_balance} and not 0 ({gaps}){named}"
