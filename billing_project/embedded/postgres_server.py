"""PostgreSQL of an installation: its cluster, its two roles, and its process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from billing_project.embedded import binaries, children
from billing_project.embedded.errors import StartError

if TYPE_CHECKING:
    from billing_project.embedded.children import Account
    from billing_project.embedded.folder import DataFolder

OWNER, APPLICATION, DATABASE = "billing_owner", "billing_app", "billing"
START_SECONDS = 60.0
STATUS_LINE = 7  # of postmaster.pid, counted from 0
# The path of a folder that is entered before the user changes and that this user may not be able to walk to.
HERE = "/proc/self/cwd"
# Nobody recovers, replicates or keeps it.
THROW_AWAY = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0",
    "max_wal_size=256MB",
)  # fmt: skip
SETTINGS = (
    "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100", "timezone=UTC", "log_timezone=UTC",
)  # fmt: skip


def free_port() -> int:
    """A port of this machine that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class PostgresServer:
    """One cluster in the data folder. `start`, then `is_ready`, then `stop`; `process` is the running postmaster."""

    folder: DataFolder
    programs: Path
    account: Account
    durable: bool
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def home(self) -> Path:
        return self.folder.path / "postgres"

    @property
    def data(self) -> Path:
        return self.home / "data"

    def urls(self) -> dict[str, str]:
        """DATABASE_URL (the application's role) and DATABASE_OWNER_URL (migrations)."""
        secrets, place = self.folder.secrets(), f"127.0.0.1:{self.port}/{DATABASE}"
        return {
            "DATABASE_URL": f"postgresql://{APPLICATION}:{secrets['app_password']}@{place}",
            "DATABASE_OWNER_URL": f"postgresql://{OWNER}:{secrets['owner_password']}@{place}",
        }

    def prepare(self) -> None:
        """Make the cluster if there is none; look at the one that is there. Raises StartError if it is of no use."""
        if not self.data.exists():
            self._create()
        version = self.data / "PG_VERSION"
        if not version.exists():
            raise StartError(f"{self.data} is no PostgreSQL cluster; restore a backup or choose another --data.")
        if (major := version.read_text().strip()) != str(binaries.MAJOR):
            raise StartError(
                f"{self.data} was made by PostgreSQL {major} and this product carries {binaries.MAJOR}; "
                "move the data over with pg_dump and pg_restore, or choose another --data."
            )

    def start(self) -> None:
        """Start the postmaster on a free port (the same one again after a restart) and wait until it answers."""
        self.prepare()
        self._clear_stale_lock()
        self.port = self.port or free_port()
        wanted = [*SETTINGS, f"port={self.port}", *(() if self.durable else THROW_AWAY)]
        command = [str(self.programs / "postgres"), "-D", self._place(self.data)]
        for setting in wanted:
            command += ["-c", setting]
        said = self.folder.begin_log("postgresql")
        with self.folder.log("postgresql").open("ab") as log:
            self.process = children.start(
                command, cwd=self.data, account=self.account, at_death=signal.SIGINT, stdout=log, stderr=log
            )
        children.wait_until(lambda: self.is_ready() or not self.is_running(), within=START_SECONDS)
        if not self.is_running() or not self.is_ready():
            self.stop()
            self._refuse("PostgreSQL did not start", said)

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_ready(self) -> bool:
        """Whether connections are accepted: the postmaster writes it into its lock file."""
        lines = self._lock_file_lines()
        ours = self.process is not None and lines[:1] == [str(self.process.pid)]
        return ours and len(lines) > STATUS_LINE and lines[STATUS_LINE].strip() == "ready"

    def stop(self) -> None:
        """End all sessions and close the cluster cleanly."""
        if self.process is not None:
            children.stop(self.process, with_signal=signal.SIGINT, within=20.0)

    def _lock_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def _clear_stale_lock(self) -> None:
        """Wait for a postmaster that a killed keeper left; forget a lock file whose process is another program now."""
        lines = self._lock_file_lines()
        if not lines:
            return
        pid = int(lines[0]) if lines[0].isdigit() else 0
        if pid and self._is_postmaster(pid):
            os.kill(pid, signal.SIGINT)
            if not children.wait_until(lambda: not self._is_postmaster(pid), within=30.0):
                raise StartError(f"Another PostgreSQL (process {pid}) uses {self.data}; end it and start again.")
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _is_postmaster(self, pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, PermissionError):  # gone, or a stranger's
            return False
        try:
            return Path(f"/proc/{pid}/cwd").samefile(self.data)
        except OSError:
            return not Path("/proc/self").exists()  # no /proc to ask: believe the lock file

    def _place(self, path: Path) -> str:
        return HERE if self.account.is_other else str(path)

    def _create(self) -> None:
        """initdb and the two roles in a folder beside, renamed when complete: a crash leaves no half cluster."""
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        for path in (self.home, fresh):
            path.mkdir(mode=0o700, exist_ok=True)
            if self.account.is_other:
                os.chown(path, self.account.uid, self.account.gid)
        self._run(
            [
                "initdb", "--pgdata", self._place(fresh), "--username", "postgres", "--auth", "scram-sha-256",
                "--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
                "--no-instructions", *(() if self.durable else ("--no-sync",)), "--pwfile", self._password_file(fresh),
            ], fresh, b"",
        )  # fmt: skip
        self._run(["postgres", "--single", "-D", self._place(fresh), "postgres"], fresh, self._first_statements())
        fresh.rename(self.data)

    def _password_file(self, fresh: Path) -> str:
        """The superuser gets a password that nobody keeps: nobody signs in as it."""
        path = self.home / "first-password"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(os.urandom(32).hex())
        if self.account.is_other:
            os.chown(path, self.account.uid, self.account.gid)
        return f"{self._place(fresh)}/../first-password"

    def _first_statements(self) -> bytes:
        """One statement a line, as single-user mode reads them. The passwords are URL-safe letters of our own."""
        secrets = self.folder.secrets()
        lines = (
            f"CREATE ROLE {OWNER} LOGIN NOSUPERUSER CREATEDB NOCREATEROLE PASSWORD '{secrets['owner_password']}'",
            f"CREATE ROLE {APPLICATION} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{secrets['app_password']}'",
            f"GRANT {APPLICATION} TO {OWNER}",  # so that the owner may end its sessions and act in its place
            f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
            f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC",
            f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APPLICATION}",
        )
        return "\n".join([*lines, ""]).encode()

    def _run(self, command: list[str], cwd: Path, text: bytes) -> None:
        name, *arguments = command
        child = children.start(
            [str(self.programs / name), *arguments], cwd=cwd, account=self.account, at_death=signal.SIGKILL,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        output, _ = child.communicate(text)
        said = self.folder.begin_log("postgresql")
        with self.folder.log("postgresql").open("ab") as log:
            log.write(output)
        if child.returncode != 0 or b"ERROR:" in output:
            self._refuse("The database could not be made", said)
        (self.home / "first-password").unlink(missing_ok=True)

    def _refuse(self, what: str, said: int) -> NoReturn:
        log = self.folder.log("postgresql")
        raise StartError(f"{what} ({self.folder.last_words('postgresql', said)}); see {log} or choose another --data.")
