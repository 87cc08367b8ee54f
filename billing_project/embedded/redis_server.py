"""Redis of an installation: append-only, never evicting, with a password, on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing_project.embedded import children
from billing_project.embedded.errors import StartError
from billing_project.embedded.postgres_server import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from billing_project.embedded.children import Account
    from billing_project.embedded.folder import DataFolder

START_SECONDS = 60.0


@dataclass
class RedisServer:
    """One Redis with its data in the data folder. `start`, then `stop`; `process` is the running server."""

    folder: DataFolder
    program: Path
    account: Account
    durable: bool
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def home(self) -> Path:
        return self.folder.path / "redis"

    def urls(self) -> dict[str, str]:
        """REDIS_URL."""
        return {"REDIS_URL": f"redis://:{self.folder.secrets()['redis_password']}@127.0.0.1:{self.port}/0"}

    def start(self) -> None:
        """Start the server on a free port (the same one again after a restart) and wait until its data is loaded."""
        self.home.mkdir(mode=0o700, exist_ok=True)
        if self.account.is_other:
            os.chown(self.home, self.account.uid, self.account.gid)
        self.port = self.port or free_port()
        said = self.folder.begin_log("redis")
        with self.folder.log("redis").open("ab") as log:
            self.process = children.start(
                [str(self.program), "-"], cwd=self.home, account=self.account,
                stdin=subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip
        self._hand_over(self.process)
        children.wait_until(lambda: self.is_ready() or not self.is_running(), within=START_SECONDS)
        if not self.is_running() or not self.is_ready():
            self.stop()
            words = self.folder.last_words("redis", said)
            raise StartError(f"Redis did not start ({words}); see {self.folder.log('redis')} or choose another --data.")

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        """Whether it answers PING, which it does not while it reads its data."""
        password = self.folder.secrets()["redis_password"]
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                line.sendall(f"AUTH {password}\r\nPING\r\n".encode())
                with line.makefile("rb") as answers:
                    return answers.readline() == b"+OK\r\n" and answers.readline() == b"+PONG\r\n"
        except OSError:
            return False

    def stop(self) -> None:
        """Write out what is in memory and end."""
        if self.process is not None:
            children.stop(self.process, with_signal=signal.SIGTERM, within=20.0)

    def _hand_over(self, process: subprocess.Popen[bytes]) -> None:
        """Its configuration goes through a pipe: a password among the arguments could be read by every user."""
        lines = (
            "bind 127.0.0.1", f"port {self.port}", "protected-mode yes", "daemonize no", "dir ./",
            f"requirepass {self.folder.secrets()['redis_password']}", "maxmemory-policy noeviction",
            f"appendonly {'yes' if self.durable else 'no'}", *(() if self.durable else ('save ""',)),
        )  # fmt: skip
        if process.stdin is not None:
            process.stdin.write("\n".join([*lines, ""]).encode())
            process.stdin.close()
