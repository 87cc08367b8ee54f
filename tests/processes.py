"""Real processes on the database and the broker of the test: workers, beat, scripts. None outlives its test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from billing_project.celery import app
from billing_project.embedded import children
from billing_project.embedded.processes import PROJECT, Process
from billing_project.embedded.processes import processes as of_installation

__all__ = ["Broker", "Processes", "Started", "becomes", "broker", "processes"]

ROOT = Path(__file__).resolve().parent.parent
# Messages of other tests lie in database 0 of the test run's Redis.
BROKER_DATABASE = 7


def becomes(is_so: Callable[[], object], within: float = 20) -> bool:
    """Look again and again, for at most `within` seconds; says whether it became so."""
    end = time.monotonic() + within
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@dataclass(frozen=True)
class Broker:
    """The Redis database of one test. `url` reaches it directly."""

    url: str
    client: Any

    def through(self, port: int) -> str:
        """The same database reached through a local port."""
        head, _, tail = self.url.rpartition("@")
        return f"{head}@127.0.0.1:{port}/{tail.rpartition('/')[2]}"

    def waiting(self, queue: str = "billing") -> int:
        """Messages that no worker has taken."""
        return int(self.client.llen(queue))

    def send(self, task: Any, messages: Iterable[Mapping[str, object]]) -> None:
        """Publish a task straight to this database, once with each of these arguments."""
        with app.connection_for_write(self.url) as connection:
            producer = connection.Producer()
            for arguments in messages:
                task.apply_async(kwargs=dict(arguments), producer=producer)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2].partition("/")[0])


@dataclass
class Started:
    """A process in a session of its own, with everything it said."""

    name: str
    child: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.child.pid

    def said(self) -> str:
        """Standard output and error so far."""
        return self.log.read_text(errors="replace")

    def ask(self, line: object) -> str:
        """Write a line to a script that talks and wait for its answer."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(f"{line}\n".encode())
        self.child.stdin.flush()
        answer = self.child.stdout.readline().decode().strip()
        assert answer, self.said()
        return answer

    def is_ready(self) -> bool:
        """Whether a worker takes messages."""
        return " ready." in self.said()

    def pool(self) -> list[int]:
        """The children of a worker's main process, which do the work."""
        try:
            return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        except FileNotFoundError:
            return []

    def kill(self) -> None:
        """kill -9, the whole session at once."""
        children.kill_group(self.pid)
        self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe is not None:
                pipe.close()

    def stop(self) -> None:
        """Ask it to end, wait, and kill what is left."""
        children.stop(self.child, with_signal=signal.SIGTERM, within=30)


@dataclass
class Processes:
    """Starts processes as an installation does, with `environment` on top of the test run's."""

    folder: Path
    environment: dict[str, str]
    started: list[Started] = field(default_factory=list)

    def worker(
        self, *, of: str = "worker-billing", concurrency: int = 2, app: str | None = None,
        env: Mapping[str, str] | None = None, wait: bool = True,
    ) -> Started:  # fmt: skip
        """A worker of the queue `billing`, or `of` others; returns when it takes messages.

        `app`: another module that sets it up.
        """
        listed = self._listed(of)
        command = [*listed.module, "--concurrency", str(concurrency)]
        if app:
            command[command.index("--app") + 1] = app
        name = f"worker{len(self.started)}"
        command[command.index("--hostname") + 1] = f"{name}@%h"
        worker = self._start(name, ["-m", *command], {"PROCESS": listed.kind, **(env or {})})
        if wait:
            assert becomes(lambda: worker.is_ready() or worker.child.poll() is not None, within=30), worker.said()
            assert worker.is_ready(), worker.said()
        return worker

    def beat(self) -> Started:
        """The clock, with a schedule file of its own."""
        return self._start("beat", ["-m", *self._listed("beat").module], {"PROCESS": "beat"})

    def celery(self, *words: str) -> Started:
        """A command of Celery's own, such as `inspect conf`."""
        return self._start("celery", ["-m", "celery", "--app", PROJECT, *words], {})

    def script(
        self, source: str, *arguments: object, env: Mapping[str, str] | None = None, talks: bool = False
    ) -> Started:
        """Python source in a process of its own, with Django set up. One that talks can be asked line by line."""
        prelude = "import django; django.setup(); import billing_project\n"
        return self._start("script", ["-c", prelude + source, *map(str, arguments)], env or {}, talks=talks)

    def finish(self, started: Started, within: float = 60) -> str:
        """Wait for a script and answer what it said; fails where it failed."""
        code = started.child.wait(timeout=within)
        assert code == 0, started.said()
        return started.said()

    def stop_all(self) -> None:
        for started in self.started:
            started.kill()

    def _listed(self, name: str) -> Process:
        schedule = str(self.folder / "beat-schedule")
        return {process.name: process for process in of_installation(bind="", beat_schedule=schedule)}[name]

    def _start(self, name: str, arguments: Sequence[str], env: Mapping[str, str], *, talks: bool = False) -> Started:
        log = self.folder / f"{len(self.started)}-{name}.log"
        with log.open("wb") as out:
            child = children.start(
                [sys.executable, *arguments],
                cwd=ROOT, env={**os.environ, **self.environment, **env}, at_death=signal.SIGKILL,
                stdin=subprocess.PIPE if talks else subprocess.DEVNULL, stdout=subprocess.PIPE if talks else out,
                stderr=out,
            )  # fmt: skip
        self.started.append(Started(name, child, log))
        return self.started[-1]


@pytest.fixture
def broker() -> Iterator[Broker]:
    """An empty database of Redis that no other test uses."""
    url = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{BROKER_DATABASE}"
    client = redis.Redis.from_url(url)
    client.flushdb()
    yield Broker(url, client)
    client.flushdb()
    client.close()


@pytest.fixture
def processes(broker: Broker, tmp_path: Path, owner: psycopg.Connection[Any]) -> Iterator[Processes]:
    """Processes that bill without a delay; whatever is left of them at the end is killed."""
    environment = {
        "APP_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "billing_project.settings",
        "REDIS_URL": broker.url,
        "BILLING_DELAY_MINUTES": "0",
    }
    started = Processes(tmp_path, environment)
    yield started
    started.stop_all()
