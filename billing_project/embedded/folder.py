"""The data folder: secrets, what is running, and the locks that keep two starts apart.

Locks are `flock` on files here: the kernel drops them with the process that held them, however it ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from billing_project.embedded.errors import StartError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRETS = ("secret_key", "owner_password", "app_password", "redis_password")
LARGE_LOG = 10_000_000  # bytes
STEP_SECONDS = 0.05  # how often the waits of this package look again


class Lock:
    """One lock file, held shared or alone; `close` lets go. The descriptor never reaches a child."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def alone(self, *, wait: bool = False) -> bool:
        """Hold it alone; False when somebody else has it and `wait` is off."""
        return self._take(fcntl.LOCK_EX, wait)

    def shared(self, *, wait: bool = False) -> bool:
        """Hold it together with other sharers; False when somebody has it alone and `wait` is off."""
        return self._take(fcntl.LOCK_SH, wait)

    def _take(self, kind: int, wait: bool) -> bool:
        try:
            fcntl.flock(self._file, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self._file)


@dataclass(frozen=True)
class DataFolder:
    """Paths and small files of one installation. Everything that is secret is readable by its owner alone."""

    path: Path

    @classmethod
    def open(cls, path: Path) -> DataFolder:
        """Make the folder where there is none. Raises StartError where it cannot serve as one."""
        path = path.absolute()
        if path.exists() and not path.is_dir():
            raise StartError(f"{path} is a file; name a folder with --data, or move the file away.")
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            (path / "log").mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StartError(
                f"{path} cannot be the data folder ({error.strerror}); choose another with --data."
            ) from error
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise StartError(f"The data folder {path} is not writable for this user; choose another with --data.")
        return cls(path)

    def lock(self, name: str) -> Lock:
        """The lock of that name, not yet held."""
        return Lock(self.path / f"{name}.lock")

    @contextlib.contextmanager
    def holding(self, name: str) -> Iterator[None]:
        """Hold that lock alone for as long as the block takes, after waiting for it."""
        lock = self.lock(name)
        try:
            lock.alone(wait=True)
            yield
        finally:
            lock.close()

    def is_held(self, name: str) -> bool:
        """Whether some process holds that lock alone now. Looking never makes another looker see it held."""
        lock = self.lock(name)
        try:
            return not lock.shared()
        finally:
            lock.close()

    def log(self, name: str) -> Path:
        """The path of that log."""
        return self.path / "log" / f"{name}.log"

    def begin_log(self, name: str) -> int:
        """The size of that log in bytes, before something new is written. What is large is put aside first."""
        path = self.log(name)
        if path.exists() and path.stat().st_size > LARGE_LOG:
            path.replace(path.with_suffix(".log.1"))
        path.touch(mode=0o600)
        return path.stat().st_size

    def last_words(self, name: str, since: int) -> str:
        """The last line that speaks of an error in that log, from byte `since` on; else its last line."""
        with self.log(name).open("rb") as log:
            log.seek(since)
            lines = log.read().decode(errors="replace").splitlines()
        told = [line for line in lines if any(word in line for word in ("FATAL", "ERROR", "error:"))]
        return (told or lines or ["no log was written"])[-1].strip()

    def secrets(self) -> dict[str, str]:
        """The generated secrets of this installation; made on first use. Raises StartError when the file is damaged."""
        with self.holding("secrets"):
            known = self.read("secrets")
            if not known:
                if (self.path / "postgres" / "data").exists():
                    raise StartError(f"{self._file('secrets')} is missing; put it back or choose another --data.")
                known = {name: secrets.token_urlsafe(48) for name in SECRETS}
                self.write("secrets", known)
        if not all(isinstance(known.get(name), str) for name in SECRETS):
            raise StartError(f"{self._file('secrets')} is damaged; restore it from a backup or choose another --data.")
        return {name: known[name] for name in SECRETS}

    def _file(self, name: str) -> Path:
        return self.path / f"{name}.json"

    def read(self, name: str) -> dict[str, Any]:
        """The small JSON file of that name; empty when there is none. Raises StartError when it is no JSON object."""
        path = self._file(name)
        try:
            content = json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise StartError(f"{path} is damaged; restore it from a backup or choose another --data.") from error
        if not isinstance(content, dict):
            raise StartError(f"{path} is damaged; restore it from a backup or choose another --data.")
        return content

    def write(self, name: str, content: dict[str, Any]) -> None:
        """Replace the small JSON file of that name at once, readable by its owner alone."""
        path = self._file(name)
        fresh = path.with_suffix(f".{os.getpid()}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(content, out)
        fresh.replace(path)

    def forget(self, name: str) -> None:
        """Remove the small JSON file of that name, if there is one."""
        self._file(name).unlink(missing_ok=True)
