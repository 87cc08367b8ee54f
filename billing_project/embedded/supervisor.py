"""Runs the processes side by side: their output in one stream, restarted when one dies, all stopped together."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from billing_project.embedded import children
from billing_project.embedded.binaries import ROOT
from billing_project.embedded.errors import StartError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from billing_project.embedded.folder import DataFolder
    from billing_project.embedded.processes import Process

STOP_SECONDS = 30.0
MOST_RESTARTS, WITHIN_SECONDS = 5, 60.0  # of one process: more than that is not an accident
LONGEST_PAUSE = 3  # seconds before a process that keeps dying is started again
LOOK_SECONDS = 0.2
LONGEST_LINE = 100_000  # bytes


@dataclass
class Running:
    """A process that was started, and when it had to be started again (monotonic seconds)."""

    process: Process
    child: subprocess.Popen[bytes]
    restarts: deque[float] = field(default_factory=deque)


@dataclass
class Stream:
    """What a process prints, cut into lines; a line that is not at its end yet waits for the rest."""

    prefix: bytes
    rest: bytes = b""

    def add(self, chunk: bytes, write: Callable[[bytes], None]) -> None:
        """Write the lines that are whole; nothing more to come (an empty chunk) makes the last one whole."""
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        if self.rest and (not chunk or len(self.rest) > LONGEST_LINE):
            lines, self.rest = [*lines, self.rest], b""
        for line in lines:
            write(self.prefix + line + b"\n")


class Supervisor:
    """Start with `start`, keep with `serve` or `run_beside`, always end with `stop`. Ctrl-C and SIGTERM end it."""

    def __init__(
        self, folder: DataFolder, environment: Mapping[str, str], log: IO[bytes], sockets: Sequence[int] = ()
    ) -> None:
        self.folder, self.environment, self.log = folder, environment, log
        self.sockets = sockets  # descriptors that the web server listens on, also when it is started again
        self.running: list[Running] = []
        self.ending = 0  # how often somebody asked
        self._outputs = selectors.DefaultSelector()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end)

    def _end(self, *_: object) -> None:
        self.ending += 1

    def start(self, processes: Sequence[Process]) -> None:
        """Start every process."""
        for process in processes:
            self.running.append(Running(process, self._start(process)))
        self._remember()

    def serve(self) -> None:
        """Keep them running until somebody ends it. Raises StartError when one keeps dying."""
        while not self.ending:
            self.look()

    def run_beside(self, command: Sequence[str]) -> int:
        """Run one command to its end while the processes are kept running; returns its exit code."""
        child = children.start([sys.executable, *command], cwd=ROOT, env=self.environment, own_session=False)
        while child.poll() is None:
            self.look()
            if self.ending:
                children.stop(child, with_signal=signal.SIGTERM, within=5.0)
        return child.returncode

    def look(self) -> None:
        """Pass on what was printed, and start again what died."""
        self._pass_on(LOOK_SECONDS)
        for running in self.running:
            if running.child.poll() is not None and not self.ending:
                self._restart(running)

    def stop(self) -> None:
        """Stop all of them, those that do not hear with force. Asking a second time stops waiting."""
        asked, give_up = self.ending, time.monotonic() + STOP_SECONDS
        for running in self.running:
            if running.child.poll() is None:
                running.child.send_signal(signal.SIGTERM)
        while any(running.child.poll() is None for running in self.running):
            self._pass_on(LOOK_SECONDS)
            if time.monotonic() > give_up or self.ending > max(asked, 1):
                break
        for running in self.running:
            children.stop(running.child, with_signal=signal.SIGKILL, within=5.0)
        self._pass_on(0)
        self.folder.forget("processes")

    def _start(self, process: Process) -> subprocess.Popen[bytes]:
        child = children.start(
            [sys.executable, "-m", *process.module],
            cwd=ROOT,
            env={**self.environment, "PROCESS": process.kind, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self.sockets if process.kind == "web" else (),
        )
        if child.stdout is not None:
            os.set_blocking(child.stdout.fileno(), False)
            self._outputs.register(child.stdout, selectors.EVENT_READ, Stream(f"{process.name:<14} | ".encode()))
        return child

    def _restart(self, running: Running) -> None:
        """A process that died goes with its whole session: a worker's children must not work on without it."""
        children.kill_group(running.child.pid)
        name, now = running.process.name, time.monotonic()
        while running.restarts and running.restarts[0] < now - WITHIN_SECONDS:
            running.restarts.popleft()
        if len(running.restarts) >= MOST_RESTARTS:
            raise StartError(f"{name} died {MOST_RESTARTS + 1} times within a minute; what it printed last says why.")
        running.restarts.append(now)
        self._write(f"{name} ended with {running.child.returncode} and is started again\n".encode())
        time.sleep(min(len(running.restarts) - 1, LONGEST_PAUSE))
        running.child = self._start(running.process)
        self._remember()

    def _remember(self) -> None:
        """For the keeper: the sessions to end if this process cannot end them itself."""
        self.folder.write("processes", {"sessions": [running.child.pid for running in self.running]})

    def _pass_on(self, seconds: float) -> None:
        if not self._outputs.get_map():
            time.sleep(seconds)
            return
        for key, _ in self._outputs.select(seconds):
            chunk = os.read(key.fd, 65536)
            if not chunk:
                self._outputs.unregister(key.fileobj)
            key.data.add(chunk, self._write)

    def _write(self, line: bytes) -> None:
        try:
            self.log.write(line)
            self.log.flush()
        except BrokenPipeError:  # whoever read it has gone; the processes serve on
            self.log = self.folder.log("processes").open("ab")
