"""`test`: everything that runs in parallel first, then what must run alone, on one set of services."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from billing_project.embedded import children, session
from billing_project.embedded.binaries import ROOT
from billing_project.embedded.folder import DataFolder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOTHING_COLLECTED = 5  # pytest's exit code
WORKERS = "2"
QUICK = "not browser and not full"
SELECTION = ("-m", "-n", "-k", "--collect-only", "--co", "--version", "-h", "--help")


def parts(arguments: Sequence[str]) -> list[list[str]]:
    """The runs of pytest: one if the arguments choose tests themselves, else the parallel part and the serial one."""
    chooses = any(word in SELECTION or word.startswith(("-m", "-n", "-k")) or "::" in word for word in arguments)
    if chooses or any(not word.startswith("-") and (ROOT / word).exists() for word in arguments):
        return [list(arguments)]
    measured = ["--cov-append"] if any(word.startswith("--cov") for word in arguments) else []
    return [
        [*arguments, "-n", WORKERS, "-m", f"not serial and {QUICK}"],
        [*arguments, *measured, "-m", f"serial and {QUICK}"],
    ]


def test(given: Mapping[str, str], arguments: Sequence[str]) -> int:
    """The command: returns pytest's exit code, the first that is not well. Everything it made is removed."""
    path = Path(tempfile.mkdtemp(prefix="billing-test-"))
    try:
        with session.services(DataFolder.open(path), given, app_env="test", durable=False) as running:
            return _run({**given, **running.environment}, parts(arguments))
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _run(environment: Mapping[str, str], runs: Sequence[Sequence[str]]) -> int:
    codes = []
    for arguments in runs:
        child = children.start(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, own_session=False,
        )  # fmt: skip
        session.forward_signals(child)
        codes.append(session.end_like(child.wait()))
        if codes[-1] > 128 or codes[-1] == 2:  # noqa: PLR2004 - pytest's code for Ctrl-C
            break
    if len(codes) > 1:
        codes = [code for code in codes if code != NOTHING_COLLECTED]
    return next((code for code in codes if code), 0)
