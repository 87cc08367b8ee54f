"""Bill what waits in the database of the environment, and print the peak memory of this process in kB (Linux)."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import django

from benchmarks.data import AT


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "billing_project.settings"
    django.setup()
    logging.getLogger("billing").setLevel(logging.WARNING)
    from tickets import automation

    for _ in automation.catch_up(at=AT):
        pass
    # getrusage would answer the parent's peak where that was higher.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(status["VmHWM"].split()[0])


if __name__ == "__main__":
    main()
