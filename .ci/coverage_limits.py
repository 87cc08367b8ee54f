"""Hold coverage to its limits, part by part. Reads the data that the tests left; prints every part."""

from __future__ import annotations

import io
import json
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

from coverage import Coverage

# (name, patterns, percent of lines and branches). A file counts in the first part that matches, and in the whole.
LIMITS = (
    ("rating", ("rating/*",), 100),
    ("models", ("*/models/*", "*/models.py"), 90),
    ("signals", ("*/signals.py",), 90),
    ("tasks", ("*/tasks.py",), 85),
    ("commands", ("*/management/*",), 80),
    ("use cases", ("contracts/*", "invoicing/*", "tickets/*", "gateway_billing/*", "office/*"), 95),
)
NOT_USE_CASES = ("*/admin.py", "*/apps.py", "*/admin/*")
OVERALL = 90


def main() -> int:
    """Print each part with its coverage; answer 1 when one is below its limit."""
    files = _files()
    sums: dict[str, list[int]] = {name: [0, 0] for name, _, _ in LIMITS}
    for path, summary in files.items():
        covered = summary["covered_lines"] + summary.get("covered_branches", 0)
        whole = summary["num_statements"] + summary.get("num_branches", 0)
        for name in (part for part in (_part(path), "overall") if part):
            bucket = sums.setdefault(name, [0, 0])
            bucket[0] += covered
            bucket[1] += whole
    limits = {name: limit for name, _, limit in LIMITS} | {"overall": OVERALL}
    below = []
    for name, (covered, whole) in sums.items():
        percent = 100 * covered / whole if whole else 0.0
        print(f"    {name:<10} {percent:6.2f} %  (at least {limits[name]} %)")
        if percent < limits[name]:
            below.append(name)
    return 1 if below else 0


def _files() -> dict[str, dict[str, int]]:
    data = Coverage()
    data.combine() if list(Path().glob(".coverage.*")) else data.load()
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        stdout, sys.stdout = sys.stdout, io.StringIO()
        try:
            data.json_report(outfile=report.name)
        finally:
            sys.stdout = stdout
        found = json.loads(Path(report.name).read_text())["files"]
    return {path: entry["summary"] for path, entry in found.items()}


def _part(path: str) -> str:
    for name, patterns, _ in LIMITS:
        if any(fnmatch(path, pattern) for pattern in patterns):
            return "" if name == "use cases" and any(fnmatch(path, pattern) for pattern in NOT_USE_CASES) else name
    return ""


if __name__ == "__main__":
    sys.exit(main())
