"""Run a command as the shell does, in this process: arguments in, exit code and both outputs out."""

from __future__ import annotations

import io
import json
from typing import Any, NamedTuple

from django.core.management import CommandError, call_command
from django.db import connection, transaction

AT = "2026-01-16T09:00:00+01:00"


class Ended(NamedTuple):
    """How a command ended: its exit code, and what it wrote to standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON value that it is."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """The lines of standard output."""
        return self.out.splitlines()


def run(name: str, *arguments: str) -> Ended:
    """Run the command. Options that argparse itself refuses raise CommandError here and end with 2 in a shell."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(name, *arguments, stdout=out, stderr=err)
    except CommandError as refusal:
        return Ended(refusal.returncode, out.getvalue(), f"{err.getvalue()}{refusal}\n")
    return Ended(0, out.getvalue(), err.getvalue())


def run_read_only(name: str, *arguments: str) -> Ended:
    """Run the command in a transaction in which the database refuses every write."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        return run(name, *arguments)
