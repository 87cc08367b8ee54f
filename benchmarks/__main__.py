"""Run every benchmark, one after the other: `python -m benchmarks [--full]`. Ends with 1 when one of them fails."""

from __future__ import annotations

import subprocess
import sys

from billing_project.embedded.binaries import ROOT

ALL = (
    "bill_tickets", "issue_drafts", "documents", "catch_up_scan", "closings", "one_ticket", "reports", "import_calls",
    "aggregate_months", "webhook", "pages",
)  # fmt: skip
# A million old tickets instead of a fifth of them; a million time entries or calls instead of a fiftieth; a month of
# two million calls and cases; two years of a large house instead of a small one.
FULL = {
    "catch_up_scan": ("--full",),
    "reports": ("--full",),
    "import_calls": ("--full",),
    "aggregate_months": ("--full",),
    "pages": ("--full",),
}


def main(arguments: list[str]) -> int:
    """Print each benchmark's figures; answer the exit code."""
    failed = []
    for name in ALL:
        print(f"--- {name}", flush=True)
        more = FULL.get(name, ()) if "--full" in arguments else ()
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *more], cwd=ROOT, check=False)
        if done.returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
