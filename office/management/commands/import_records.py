"""Import clients, contracts, tickets and work from JSON Lines, all or nothing."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from office.importing.progress import Progress
from office.importing.run import Outcome, import_records

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Import records from JSON Lines files, all or nothing. The same id again updates what may still change."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="JSON Lines; - is standard input")
        parser.add_argument("--dry-run", action="store_true", help="check and count, store nothing")
        parser.add_argument("--by", default="import", help="who imports, for the audit trail (default: import)")
        parser.add_argument("--at", help="the moment of the import, ISO 8601 with offset (default: now)")

    def handle(self, *, files: list[str], dry_run: bool, by: str, at: str | None, **_: Any) -> None:
        """Exit 0 when all is stored; 2 with `line N: field: problem` on standard error for every bad line."""
        progress = Progress(sys.stderr)
        try:
            outcome = import_records(
                files,
                at=_moment(at),
                by=by,
                dry_run=dry_run,
                report=lambda wrong: self.stderr.write(str(wrong), self.style.NOTICE),
                progress=progress,
            )
        except OSError as error:
            raise CommandError(
                f"cannot read {error.filename or 'the input'}: {error.strerror}", returncode=2
            ) from error
        except DatabaseError as error:
            raise CommandError(f"the database refused the import, nothing was stored: {error}", returncode=2) from error
        finally:
            progress.end()
        self._tell(outcome, dry_run=dry_run)

    def _tell(self, outcome: Outcome, *, dry_run: bool) -> None:
        if outcome.wrong:
            raise CommandError(f"{outcome.wrong} of {outcome.lines} lines are wrong; nothing was stored", returncode=2)
        for name, count in outcome.counts.items():
            self.stdout.write(f"{name}: {count.created} created, {count.updated} updated, {count.unchanged} unchanged")
        if not outcome.counts:
            self.stdout.write("nothing to import")
        if dry_run:
            self.stderr.write("dry run: nothing was stored", self.style.WARNING)


def _moment(at: str | None) -> datetime:
    if at is None:
        return timezone.now()
    try:
        found = datetime.fromisoformat(at)
    except ValueError as error:
        raise CommandError(f"--at {at} is not a datetime such as 2026-01-15T09:00:00+01:00", returncode=2) from error
    if found.tzinfo is None:
        raise CommandError(f"--at {at} needs an offset such as +01:00", returncode=2)
    return found
