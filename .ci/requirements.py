"""Check that every locked requirement has a hash, and that no file names a package index."""

from __future__ import annotations

import re
import sys
from pathlib import Path

PIN = re.compile(r"^[A-Za-z0-9_.\[\]-]+==[^ ]+.*\\$")


def problems(path: Path) -> list[str]:
    """Sentences about what is wrong in one lock file."""
    lines = path.read_text().splitlines()
    found = []
    for number, line in enumerate(lines, 1):
        if "://" in line or line.strip().startswith(("-i", "--index", "--extra-index", "--find-links")):
            found.append(f"{path}:{number}: names an address")
        pinned = line and not line.startswith((" ", "#", "-"))
        if pinned and not (PIN.match(line) and "--hash=sha256:" in lines[number]):
            found.append(f"{path}:{number}: is not pinned with a hash")
    return found


if __name__ == "__main__":
    wrong = [problem for path in sorted(Path("requirements").glob("*.txt")) for problem in problems(path)]
    print("\n".join(wrong) or "    every requirement is pinned and hashed, none names an index")
    sys.exit(1 if wrong else 0)
