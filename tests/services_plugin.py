"""Gives a test run a PostgreSQL and a Redis of its own, unless DATABASE_URL and REDIS_URL name some.

Loaded with `-p` before anything reads Django's settings. Workers of a parallel run inherit the environment.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from billing_project.embedded.errors import StartError
from billing_project.embedded.folder import DataFolder
from billing_project.embedded.session import services

if TYPE_CHECKING:
    from collections.abc import Iterator

_open = contextlib.ExitStack()
atexit.register(_open.close)  # also where the run ends before it has begun


@contextlib.contextmanager
def _throw_away_folder() -> Iterator[DataFolder]:
    path = Path(tempfile.mkdtemp(prefix="billing-test-"))
    try:
        yield DataFolder.open(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start the services before pytest-django reads the settings; in the controller alone."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    try:
        folder = _open.enter_context(_throw_away_folder())
        started = _open.enter_context(services(folder, os.environ, app_env="test", durable=False))
    except StartError as problem:
        _open.close()
        raise pytest.UsageError(str(problem)) from problem
    os.environ.update(started.environment)


def pytest_unconfigure() -> None:
    """Stop what was started; also after Ctrl-C."""
    _open.close()
