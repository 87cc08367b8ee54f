"""What the commands have in common: their options, the clock, the person, and how far they have come."""

from __future__ import annotations

import getpass
import os
import signal
import sys
from argparse import ArgumentParser
from datetime import date, datetime
from typing import TypeVar

import structlog
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils import timezone

import config
from contracts.models import Client
from rating.period import BillingPeriod

log = structlog.get_logger("billing.commands")

Day = TypeVar("Day", date, datetime)

LONGEST_NAME = 150
UNITS_A_LOG = 1000
READER_GONE = 128 + signal.SIGPIPE
FIRST_YEAR, LAST_YEAR = 1970, 2199  # a year outside is a slip of the keyboard


def add_run_options(parser: ArgumentParser, *, formats: bool = True) -> None:
    """The options of a command that changes something: --dry-run, --at, --by and --format."""
    parser.add_argument("--dry-run", action="store_true", help="print what would be done, write nothing")
    parser.add_argument("--at", metavar="DATETIME", help="the moment of the run, ISO 8601 with offset (default: now)")
    parser.add_argument("--by", metavar="NAME", help="who acts, for the audit trail (default: the login name)")
    if formats:
        parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def moment(at: str | None, option: str = "--at") -> datetime:
    """The instant that an option names; without one, now. Raises CommandError where it has no offset."""
    if at is None:
        return timezone.now()
    try:
        found = datetime.fromisoformat(at)
    except ValueError as error:
        raise CommandError(f"{option} {at} is not a datetime such as 2026-01-15T09:00:00+01:00") from error
    if found.utcoffset() is None:
        raise CommandError(f"{option} {at} needs an offset such as +01:00")
    return _plausible(found, option)


def day(text: str, option: str) -> date:
    """The day that an option names. Raises CommandError where it is none of the calendar."""
    try:
        found = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise CommandError(f"{option} {text} is not a date such as 2026-01-15") from error
    return _plausible(found, option)


def _plausible(found: Day, option: str) -> Day:
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise CommandError(f"{option} names the year {found.year}; it must be in {FIRST_YEAR} to {LAST_YEAR}")
    return found


def month(label: str) -> BillingPeriod:
    """The month that --month names, in the issuer's zone. Raises CommandError where it names none."""
    try:
        return BillingPeriod.from_label(label, config.billing().zone)
    except ValueError as error:
        raise CommandError(f"--month: {error}") from error


def person(by: str | None) -> str:
    """Who acts: the name given, else the account that the command runs under."""
    if by is None:
        try:
            return getpass.getuser()
        except (KeyError, OSError):  # a container's user need not have a name
            return "command"
    if not by.strip() or len(by) > LONGEST_NAME:
        raise CommandError(f"--by names who acts, in 1 to {LONGEST_NAME} characters")
    return by.strip()


def client_named(external_id: str) -> Client:
    """The client with this id. Raises CommandError where there is none."""
    try:
        return Client.objects.get(external_id=external_id)
    except Client.DoesNotExist:
        raise CommandError(f"there is no client {external_id!r}") from None


class EdgeCommand(BaseCommand):
    """A command whose reader may go away, as in `... | head`: it ends there, without a stack of errors.

    What was done before stays done; a run by hand or the next catch-up goes on with the rest.
    """

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as the shell asks. Exit code 141 where the reader went away, as a shell reports it."""
        try:
            super().run_from_argv(argv)
            sys.stdout.flush()
        except BrokenPipeError:
            # Python flushes once more at exit; that, too, must find an open end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(READER_GONE)

    def tell_dry_run(self, dry_run: bool) -> None:
        """Say beside the result, where it was a dry run, that it is only one."""
        if dry_run:
            self.stderr.write("dry run: nothing was written")


class Progress:
    """How many units a run has dealt with: a moving line on a terminal, log lines elsewhere.

    Where the command's own output goes to the terminal, that is the progress.
    """

    def __init__(self, units: str, *, out: OutputWrapper, err: OutputWrapper) -> None:
        self._units = units
        self._err = err
        self._moves = err.isatty() and not out.isatty()
        self._logs = not err.isatty()
        self._count = self._logged = 0

    def add(self, count: int) -> None:
        """Count so many more."""
        self._count += count
        if self._moves:
            self._show(f"{self._count} {self._units}")
        elif self._logs and self._count - self._logged >= UNITS_A_LOG:
            self._logged = self._count
            log.info("progress", count=self._count, units=self._units)

    def end(self) -> None:
        """Clear the moving line."""
        if self._moves:
            self._show("")

    def _show(self, text: str) -> None:
        self._err.write(f"\r\x1b[K{text}", ending="")
        self._err.flush()
