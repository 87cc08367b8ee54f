"""Bill what waits in the database of the environment, or run a command, and print the peak memory in kB (Linux)."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import django

from benchmarks.data import AT


def main(command: list[str]) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "billing_project.settings"
    django.setup()
    logging.getLogger("billing").setLevel(logging.ERROR)
    if command:
        run(*command)
    else:
        bill()
    # getrusage would answer the parent's peak where that was higher.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(status["VmHWM"].split()[0])


def bill() -> None:
    from tickets import automation

    for _ in automation.catch_up(at=AT):
        pass


def run(*command: str) -> None:
    """A management command with its arguments; what it prints goes nowhere."""
    from django.core.management import call_command

    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        call_command(*command, stdout=nowhere, stderr=nowhere)


if __name__ == "__main__":
    main(sys.argv[1:])
