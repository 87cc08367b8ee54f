"""`up`: the whole installation, served until Ctrl-C."""

from __future__ import annotations

import sys
import time
from typing import IO, TYPE_CHECKING

from billing_project.embedded import children, schema, web_port
from billing_project.embedded.errors import AlreadyServed, StartError
from billing_project.embedded.processes import Process, processes
from billing_project.embedded.session import services
from billing_project.embedded.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from socket import socket

    from billing_project.embedded.folder import DataFolder

    OnceUp = Callable[[Supervisor, str], bool]
    Beside = Callable[[str], Sequence[Process]]

WEB_SECONDS = 60.0
GLANCE_SECONDS = 0.5  # longer than another start only looks at the lock


def serve(
    folder: DataFolder, given: Mapping[str, str], once_up: OnceUp, log: IO[bytes], beside: Beside = lambda _: ()
) -> None:
    """Migrate, start the processes and keep them until Ctrl-C.

    `once_up(supervisor, address)` runs when the web server answers; serving goes on if it returns True. `beside` names
    processes to be kept with the others, given the web server's address.
    Raises StartError where something is missing, or where this folder is served already.
    """
    alone = folder.lock("up")
    try:
        if not children.wait_until(alone.alone, within=GLANCE_SECONDS):
            raise AlreadyServed(f"This is running already at {address_of(folder)}; stop it there with Ctrl-C first.")
        try:
            with web_port.listen(given.get("PORT")) as listener, services(folder, given, app_env="local") as running:
                environment = {**given, **running.environment}
                schema.migrate_if_needed(folder, environment, embedded=not given.get("DATABASE_URL"))
                _supervise(folder, environment, listener, once_up=once_up, log=log, beside=beside)
        finally:
            folder.forget("up")
    finally:
        alone.close()


def _supervise(
    folder: DataFolder,
    environment: Mapping[str, str],
    listener: socket,
    *,
    once_up: OnceUp,
    log: IO[bytes],
    beside: Beside,
) -> None:
    (folder.path / "beat").mkdir(mode=0o700, exist_ok=True)
    port = listener.getsockname()[1]
    address = f"http://{web_port.HOST}:{port}/"
    supervisor = Supervisor(folder, {**environment, "PORT": str(port)}, log, sockets=[listener.fileno()])
    try:
        schedule = str(folder.path / "beat" / "schedule")
        supervisor.start([*beside(address), *processes(bind=f"fd://{listener.fileno()}", beat_schedule=schedule)])
        if _wait_for_web(supervisor, port) and once_up(supervisor, address):
            supervisor.serve()
    finally:
        supervisor.stop()


def _wait_for_web(supervisor: Supervisor, port: int) -> bool:
    """Look after the processes until the web server answers; False when somebody ended it before."""
    give_up = time.monotonic() + WEB_SECONDS
    while not supervisor.ending:
        supervisor.look()
        if web_port.answers(port):
            return True
        if time.monotonic() > give_up:
            raise StartError("The web server did not answer within a minute; what it printed above says why.")
    return False


def announce(folder: DataFolder, address: str) -> None:
    """Write down where this is served, for a second start and for people."""
    folder.write("up", {"address": address})


def address_of(folder: DataFolder) -> str:
    """Where the folder is served, as far as that is known."""
    return str(folder.read("up").get("address", "another terminal"))


def up(folder: DataFolder, given: Mapping[str, str]) -> int:
    """The command; prints the address on standard output and the processes' logs on standard error."""

    def tell(_: Supervisor, address: str) -> bool:
        announce(folder, address)
        print(f"Ticket billing is at {address}admin/ (Ctrl-C stops it).", flush=True)
        return True

    serve(folder, given, tell, sys.stderr.buffer)
    return 0
