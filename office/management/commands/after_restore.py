"""Let numbers be given again after a restore: `manage.py after_restore --last-number "INV-2026-{number}=57"`."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from config import billing
from invoicing.management import acting, edges
from invoicing.models import NumberSeries
from invoicing.restored import reconcile, standing


class Command(edges.EdgeCommand):
    help = (
        "After a restore: let each series go on after the last number that left the house, and give numbers again. "
        "With --dry-run it says how the database stands, and what would be set."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--last-number", action="append", default=[], type=_series_and_last, metavar="SERIES=NUMBER",
            help="the last number of a series that left the house; once for each series",
        )  # fmt: skip
        parser.add_argument(
            "--nothing-issued", action="store_true", help="nothing was issued since the backup, beyond what is known"
        )
        acting.add_reason(parser, needed=False)
        edges.add_run_options(parser, formats=False)

    def handle(
        self, *, last_number: list[tuple[str, int]], nothing_issued: bool, reason: str, dry_run: bool, at: str | None,
        by: str | None, **_options: Any,
    ) -> None:  # fmt: skip
        """Exit 0; 1 where a series has given a later number, or nothing was said of them."""
        self._tell_standing()
        if not last_number and not nothing_issued:
            if dry_run:
                return
            raise CommandError(
                "say --last-number for each series that gave numbers since the backup, or --nothing-issued"
            )
        _refuse_unknown(series for series, _ in last_number)
        why = acting.reason_of(reason, needed=not dry_run)
        with acting.refusals(ValueError), transaction.atomic():
            now, name = edges.moment(at), acting.actor(by, "invoicing.issue_invoice").name
            for series, last in reconcile(dict(last_number), reason=why, by=name, at=now).items():
                self.stdout.write(f"series {series} goes on with {last + 1}")
            transaction.set_rollback(dry_run)
        self.stdout.write("dry run: nothing was written" if dry_run else "numbers are given again")

    def _tell_standing(self) -> None:
        found = standing()
        self.stdout.write(f"numbers are refused: {found.why}" if found.why else "nothing speaks against giving numbers")
        for series, last in NumberSeries.objects.order_by("name").values_list("name", "last"):
            beyond = f", and reached {found.behind[series]} before the restore" if series in found.behind else ""
            self.stdout.write(f"series {series}: stands at {last}{beyond}")


def _series_and_last(text: str) -> tuple[str, int]:
    series, _, last = text.rpartition("=")
    # As the setting writes it, with zeros, it is the same series.
    series = re.sub(r"\{number:0[1-9]\}", "{number}", series)
    if "{number}" not in series or not last.isdecimal() or len(last) > 15:  # noqa: PLR2004 - digits, far beyond any series
        raise ArgumentTypeError('give it as SERIES=NUMBER, as in "INV-2026-{number}=57"')
    return series, int(last)


def _refuse_unknown(series: Iterable[str]) -> None:
    """A slip of the pen would open a series that nobody uses, and the one that was meant would repeat its numbers."""
    numbers = billing().numbers
    patterns = [numbers.invoice, numbers.aggregate, numbers.credit_note, numbers.cancellation]
    known = set(NumberSeries.objects.values_list("name", flat=True)) | standing().behind.keys()
    for name in series:
        if name not in known and not any(pattern.has_series(name) for pattern in patterns):
            raise CommandError(
                f"{name} is no series of this installation; it has {', '.join(pattern.text for pattern in patterns)}, "
                "with the year and month filled in"
            )
