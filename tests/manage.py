"""Run management commands as their users do: in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def manage(*arguments: str, env: Mapping[str, str] | None = None, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """Run `manage.py` and answer what it printed; fails where it ends otherwise than expected."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        capture_output=True, text=True, env={**os.environ, **(env or {})}, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == expect, done.stderr + done.stdout
    return done
