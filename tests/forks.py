"""Forks of the test process: cheap rivals, and victims to kill."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connections

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess

_forking = multiprocessing.get_context("fork")


def fork(work: Callable[..., object], *arguments: object, **named: object) -> ForkProcess:
    """Run `work` in a fork of this process, with connections of its own. Its exit code is 0 where it returned."""
    connections.close_all()  # a connection that two processes share would be ended by either
    child = _forking.Process(target=_work, args=(work, arguments, named), daemon=True)
    child.start()
    return child


def die(*_: object, **__: object) -> None:
    """End this process as a kill would, whatever it is called with: nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


def together(works: Sequence[Callable[[], object]], *, within: float = 60) -> list[int | None]:
    """Run each of `works` in a fork, all let go at the same moment; answer their exit codes in order.

    A fork that takes longer than `within` seconds is killed and answers -9.
    """
    gate = _forking.Barrier(len(works))
    forks = [fork(_after, gate, work) for work in works]
    end = time.monotonic() + within
    for child in forks:
        child.join(max(0.0, end - time.monotonic()))
        if child.exitcode is None:
            child.kill()
            child.join()
    return [child.exitcode for child in forks]


def _after(gate: Any, work: Callable[[], object]) -> None:
    connections["default"].ensure_connection()
    gate.wait(30)
    work()


def _work(work: Callable[..., object], arguments: tuple[object, ...], named: dict[str, object]) -> None:
    try:
        work(*arguments, **named)
    finally:
        connections.close_all()
