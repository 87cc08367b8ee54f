"""Use the services of a data folder for as long as a block takes, starting them if nobody has yet."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing_project.embedded import binaries, children, keeper
from billing_project.embedded.errors import StartError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from billing_project.embedded.folder import DataFolder, Lock

NEEDED = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}
CLOSE_SECONDS = 45.0


@dataclass(frozen=True)
class Services:
    """What a process needs in its environment to reach the services. Secrets are among it: do not print it."""

    environment: dict[str, str]


@contextlib.contextmanager
def services(folder: DataFolder, given: Mapping[str, str], *, app_env: str, durable: bool = True) -> Iterator[Services]:
    """Yield the environment to add to `given`, with the services that `given` does not name running.

    Leaving the block waits until they have stopped, unless somebody else uses them. Raises StartError.
    """
    environment = {"APP_ENV": given.get("APP_ENV") or app_env}
    if environment["APP_ENV"] != "production" and not given.get("SECRET_KEY"):
        environment["SECRET_KEY"] = folder.secrets()["secret_key"]
    wanted = [service for service, variable in NEEDED.items() if not given.get(variable)]
    if not wanted:
        yield Services(environment)
        return
    users = folder.lock("users")
    users.shared(wait=True)
    try:
        yield Services(environment | _running(folder, wanted, durable=durable))
    finally:
        users.close()
        children.wait_until(lambda: not folder.is_held("keeper") or _others_use(folder), within=CLOSE_SECONDS)


def _running(folder: DataFolder, wanted: list[str], *, durable: bool) -> dict[str, str]:
    """The addresses of the running services; a keeper is started where there is none."""
    with folder.holding("start"):
        if not folder.is_held("keeper"):
            folder.forget("services")
            _start_keeper(folder, wanted, durable=durable)
        found: dict[str, str] = folder.read("services").get("environment", {})
    for service in wanted:
        if NEEDED[service] not in found:
            raise StartError(f"What runs on {folder.path} has no {service} of its own; stop it and start again.")
    return {name: url for name, url in found.items() if _serves(name, wanted)}


def _serves(variable: str, wanted: list[str]) -> bool:
    return ("redis" if variable == "REDIS_URL" else "postgres") in wanted


def _start_keeper(folder: DataFolder, wanted: list[str], *, durable: bool) -> None:
    """Start the keeper in a session of its own, so that the Ctrl-C meant for a user does not reach it."""
    how = "durable" if durable else "throw-away"
    command = [sys.executable, "-m", keeper.__name__, str(folder.path), how, *wanted]
    with folder.log("keeper").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=binaries.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    answer = b""
    if process.stdout is not None:
        with process.stdout as pipe:
            answer = pipe.readline()
    if answer.decode().strip() != keeper.READY:
        process.wait()
        raise StartError(answer.decode().strip() or f"The services did not start; see {folder.log('keeper')}.")


def _others_use(folder: DataFolder) -> bool:
    """Whether another user holds the services, as opposed to a keeper that is about to stop or is stopping."""
    users: Lock = folder.lock("users")
    try:
        return not users.alone() and users.shared()
    finally:
        users.close()


def end_like(code: int) -> int:
    """The exit code of a shell for a child's return code: 128 + the signal that ended it."""
    return 128 - code if code < 0 else code


def forward_signals(child: subprocess.Popen[bytes]) -> None:
    """Hand SIGTERM and SIGHUP on to the child; Ctrl-C reaches it through the terminal already."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _frame: os.kill(child.pid, got))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
