"""What gunicorn does beside serving: a folder in which its processes count together, for /metrics."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"


def on_starting(server: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Before anything counts: an empty folder of this server's own."""
    os.environ[MULTIPROCESS] = tempfile.mkdtemp(prefix="billing-metrics-")


def child_exit(server: Any, worker: Any) -> None:  # noqa: ARG001
    """What a process that ended was doing is not being done any more; what it counted stays."""
    # Not before: as it is imported, the package looks whether there is a folder.
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:  # noqa: ARG001
    shutil.rmtree(os.environ[MULTIPROCESS], ignore_errors=True)
