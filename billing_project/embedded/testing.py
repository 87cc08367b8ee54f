"""`test`: everything that runs in parallel first, then what must run alone, on one set of services."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from billing_project.embedded import children, session
from billing_project.embedded.binaries import ROOT
from billing_project.embedded.folder import DataFolder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NOTHING_COLLECTED = 5  # pytest's exit code
WORKERS = "2"
QUICK = "not browser and not full"
MEMORY = Path("/dev/shm")  # noqa: S108 - Linux keeps its files in memory; ours are in folders of random names
ROOM = 2 << 30  # bytes; the quick tier needs a third of it
PREFIX = "billing-test-"
LEFT_SECONDS = 3600.0  # a folder that old and not in use was left by a run that was killed
SELECTION = ("-m", "-n", "-k", "--collect-only", "--co", "--version", "-h", "--help")


def parts(arguments: Sequence[str]) -> list[list[str]]:
    """The runs of pytest: one if the arguments choose tests themselves, else the parallel part and the serial one."""
    chooses = any(word in SELECTION or word.startswith(("-m", "-n", "-k")) or "::" in word for word in arguments)
    if chooses or any(not word.startswith("-") and (ROOT / word).exists() for word in arguments):
        return [list(arguments)]
    measured = ["--cov-append"] if any(word.startswith("--cov") for word in arguments) else []
    return [
        [*arguments, "-n", WORKERS, "--dist", "worksteal", "-m", f"not serial and {QUICK}"],
        [*arguments, *measured, "-m", f"serial and {QUICK}"],
    ]


def test(given: Mapping[str, str], arguments: Sequence[str]) -> int:
    """The command: returns pytest's exit code, the first that is not well. Everything it made is removed."""
    with throw_away() as folder, session.services(folder, given, app_env="test", durable=False) as running:
        return _run({**given, **running.environment, "PYTEST_DEBUG_TEMPROOT": str(folder.path)}, parts(arguments))


@contextlib.contextmanager
def throw_away() -> Iterator[DataFolder]:
    """A data folder for one run, removed after it.

    In memory where there is room: every table and index is a file, and tests make and empty them by the thousand.
    """
    _remove_what_was_left()
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place()))
    try:
        yield DataFolder.open(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def place() -> Path | None:
    """Where the data of a run goes; None means where Python puts such things, also when TMPDIR says where."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free >= ROOM else None


def _remove_what_was_left() -> None:
    """Memory is scarcer than disk: a run that was killed must not keep its folder until the next boot."""
    for path in MEMORY.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # another run has just removed it
            found = path.lstat()
            is_old = time.time() - found.st_mtime > LEFT_SECONDS
            if is_old and found.st_uid == os.getuid() and not DataFolder(path).is_held("keeper"):
                shutil.rmtree(path)


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
