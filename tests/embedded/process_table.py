"""Which processes of this machine belong to a data folder."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]


def processes_of(folder: Path) -> list[str]:
    """The command lines of processes that work in the folder or name it, this one excepted."""
    rows = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            inside = str((process / "cwd").readlink()).startswith(str(folder))
        except OSError:
            continue
        if line and (inside or str(folder) in line):
            rows.append(f"{process.name} {line}")
    return rows


def becomes(is_so: Callable[[], bool], seconds: float = 20) -> bool:
    """Look again and again until it is so; says whether it became so in time."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def start_script(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Run Python source that uses the product's modules; its standard output and input are pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
