"""Processes side by side: restarted when they die, stopped together, never left behind."""

from __future__ import annotations

import io
import os
import signal
import threading
import time

import pytest

from billing_project.embedded.errors import StartError
from billing_project.embedded.processes import Process
from billing_project.embedded.supervisor import Supervisor
from tests.embedded.process_table import becomes, processes_of, start_script

pytestmark = pytest.mark.serial

SLEEPER = """
import os, subprocess, sys, time
open(os.path.join(os.environ["MARKS"], str(os.getpid())), "w").close()
print("hello from", os.environ["PROCESS"])
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", os.environ["MARKS"]])
if os.environ.get("DIE"):
    sys.exit(3)
time.sleep(600)
"""
SUPERVISE = """
import sys
from pathlib import Path
from billing_project.embedded.folder import DataFolder
from billing_project.embedded.processes import Process
from billing_project.embedded.session import services
from billing_project.embedded.supervisor import Supervisor
import os
folder = DataFolder.open(Path(sys.argv[1]))
with services(folder, {}, app_env="test", durable=False):
    supervisor = Supervisor(folder, dict(os.environ, PYTHONPATH=sys.argv[2], MARKS=sys.argv[2]), sys.stderr.buffer)
    supervisor.start([Process("one", "web", ("sleeper",)), Process("two", "billing", ("sleeper",))])
    print("started", flush=True)
    try:
        supervisor.serve()
    finally:
        supervisor.stop()
"""


@pytest.fixture
def marks(tmp_path):
    place = tmp_path / "marks"
    place.mkdir()
    (place / "sleeper.py").write_text(SLEEPER)
    return place


@pytest.fixture
def supervisor(folder, marks):
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    made = Supervisor(folder, {**os.environ, "PYTHONPATH": str(marks), "MARKS": str(marks)}, io.BytesIO())
    yield made
    made.stop()
    for number, handler in before.items():
        signal.signal(number, handler)


def pids(marks):
    return sorted(int(path.name) for path in marks.iterdir() if path.name.isdigit())


def looks(supervisor):
    supervisor.look()
    return True


def test_output_is_passed_on_with_the_name_of_its_process(supervisor):
    supervisor.start([Process("one", "web", ("sleeper",))])

    assert becomes(lambda: looks(supervisor) and b"hello" in supervisor.log.getvalue())
    assert b"one            | hello from web\n" in supervisor.log.getvalue()


def test_a_process_that_dies_is_started_again_without_what_it_left(supervisor, marks):
    supervisor.start([Process("one", "web", ("sleeper",))])
    assert becomes(lambda: looks(supervisor) and len(pids(marks)) == 1)
    first = pids(marks)[0]

    os.kill(first, signal.SIGKILL)

    assert becomes(lambda: looks(supervisor) and len(pids(marks)) == 2)
    assert b"one ended with -9 and is started again" in supervisor.log.getvalue()
    assert becomes(lambda: len(processes_of(marks)) == 1)


def test_a_process_that_keeps_dying_ends_everything_with_a_sentence(supervisor, monkeypatch):
    monkeypatch.setattr("billing_project.embedded.supervisor.LONGEST_PAUSE", 0)
    supervisor.environment["DIE"] = "1"
    supervisor.start([Process("one", "web", ("sleeper",))])

    with pytest.raises(StartError, match="one died 6 times within a minute"):
        supervisor.serve()


def test_ctrl_c_ends_serving_and_stopping_leaves_nothing(supervisor, folder, marks):
    supervisor.start([Process("one", "web", ("sleeper",)), Process("two", "billing", ("sleeper",))])
    assert becomes(lambda: looks(supervisor) and len(pids(marks)) == 2)

    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    supervisor.serve()
    supervisor.stop()

    assert time.monotonic() - began < 10
    assert becomes(lambda: processes_of(marks) == [])
    assert folder.read("processes") == {}


def test_a_supervisor_killed_with_9_leaves_no_process(folder, marks):
    supervising = start_script(SUPERVISE, folder.path, marks)
    assert supervising.stdout is not None
    assert supervising.stdout.readline() == "started\n"
    assert becomes(lambda: len(pids(marks)) == 2)

    supervising.send_signal(signal.SIGKILL)
    supervising.wait()

    assert becomes(lambda: not processes_of(folder.path) and not processes_of(marks))


def test_a_supervisor_that_is_told_to_end_leaves_no_process(folder, marks):
    supervising = start_script(SUPERVISE, folder.path, marks)
    assert supervising.stdout is not None
    assert supervising.stdout.readline() == "started\n"

    supervising.send_signal(signal.SIGTERM)

    assert supervising.wait(timeout=30) == 0
    assert processes_of(folder.path) == []
    assert becomes(lambda: not processes_of(marks))
