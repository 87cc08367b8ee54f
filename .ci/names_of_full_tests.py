"""Print the names of the tests that only the full tier runs: all of them, or those of the modules given."""

from __future__ import annotations

import re
import sys
from pathlib import Path

MARK = re.compile(r"pytest\.mark\.full")
TEST = re.compile(r"^\s*def (test_\w+)")


def names(path: Path) -> list[str]:
    """Tests of a module that carry the mark themselves, or all of them where the module carries it."""
    found, marked = [], False
    text = path.read_text()
    whole = re.search(r"^pytestmark.*pytest\.mark\.full", text, re.MULTILINE) is not None
    for line in text.splitlines():
        marked = marked or bool(MARK.search(line))
        if test := TEST.match(line):
            if marked or whole:
                found.append(test.group(1))
            marked = False
    return found


if __name__ == "__main__":
    given = [Path(name) for name in sys.argv[1:]]
    for module in given or sorted(Path("tests").rglob("test_*.py")):
        for name in names(module):
            print(f"    {module}::{name}")
