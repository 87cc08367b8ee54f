"""The process that owns PostgreSQL and Redis of one data folder while anybody uses them.

Users (an `up`, a command, a test run) hold the folder's `users` lock together. The keeper ends when nobody holds it any
more, however the last one ended; its servers end with it. So the first of two commands may finish before the second.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from billing_project.embedded import binaries, children
from billing_project.embedded.errors import StartError
from billing_project.embedded.folder import DataFolder
from billing_project.embedded.postgres_server import PostgresServer
from billing_project.embedded.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from billing_project.embedded.folder import Lock

LOOK_SECONDS = 0.1
MOST_RESTARTS = 20  # of one server, in the life of a keeper: then something is wrong with the machine
READY = "ready"

Server = PostgresServer | RedisServer


@dataclass
class Keeper:
    """The servers that were asked for, and the locks that say who needs them."""

    folder: DataFolder
    servers: list[Server]
    ending: bool = False

    def run(self) -> None:
        """Start, say so on standard output, keep, stop. Raises StartError where a server does not start."""
        signal.signal(signal.SIGTERM, self._end)
        users = self.folder.lock("users")
        try:
            for server in self.servers:
                server.start()
            urls = {name: url for server in self.servers for name, url in server.urls().items()}
            self.folder.write("services", {"keeper": os.getpid(), "environment": urls})
            _say(READY)
            self._keep(users)
        finally:
            self._close()

    def _end(self, *_: object) -> None:
        self.ending = True

    def _keep(self, users: Lock) -> None:
        restarts = 0
        while not self.ending and not users.alone():
            for server in self.servers:
                if not server.is_running():
                    restarts += 1
                    if restarts > MOST_RESTARTS:
                        raise StartError(f"A server ended {restarts} times; see {self.folder.path / 'log'}.")
                    server.start()
            time.sleep(LOOK_SECONDS)

    def _close(self) -> None:
        """What a killed user left of its processes goes first, so that they do not meet a closed database."""
        for leader in self.folder.read("processes").get("sessions", []):
            children.kill_group(int(leader))
        self.folder.forget("processes")
        for server in reversed(self.servers):
            server.stop()
        self.folder.forget("services")


def _say(line: str) -> None:
    """Tell the starter, once, and let go of its pipe."""
    os.write(1, f"{line}\n".encode())
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _servers(folder: DataFolder, wanted: Sequence[str], *, durable: bool) -> tuple[list[Server], Lock | None]:
    account = children.service_account(folder.path / "postgres")
    redis = binaries.find_redis(binaries.redis_cache(folder.path)) if "redis" in wanted else None
    programs, lock = binaries.runnable_by(account, binaries.Binaries(binaries.find_postgres(), redis))
    servers: list[Server] = []
    if "postgres" in wanted:
        servers.append(PostgresServer(folder, programs.postgres, account, durable))
    if programs.redis is not None:
        servers.append(RedisServer(folder, programs.redis, account, durable))
    return servers, lock


def main(arguments: Sequence[str]) -> int:
    """`keeper DIR durable|throw-away SERVICE…`: serve until nobody uses the folder. Says `ready` or one sentence."""
    path, how, *wanted = arguments
    try:
        folder = DataFolder.open(Path(path))
        mine = folder.lock("keeper")
        mine.alone(wait=True)  # the one before may be writing out its last page
        servers, copy_lock = _servers(folder, wanted, durable=how == "durable")
        Keeper(folder, servers).run()
        if copy_lock is not None:
            copy_lock.close()
    except StartError as problem:
        _say(str(problem))
        return 1
    except OSError as error:
        _say(f"{error.filename or path}: {error.strerror}; choose another data folder with --data.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
