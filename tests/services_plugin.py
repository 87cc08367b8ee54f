"""Gives a test run a PostgreSQL and a Redis of its own, unless DATABASE_URL and REDIS_URL name some.

Loaded with `-p` before anything reads Django's settings. Workers of a parallel run inherit the environment.
"""

from __future__ import annotations

import atexit
import contextlib
import os

import pytest

from billing_project.embedded.errors import StartError
from billing_project.embedded.session import services
from billing_project.embedded.testing import throw_away

_open = contextlib.ExitStack()
atexit.register(_open.close)  # also where the run ends before it has begun


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Start the services before pytest-django reads the settings; in the controller alone."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    try:
        folder = _open.enter_context(throw_away())
        started = _open.enter_context(services(folder, os.environ, app_env="test", durable=False))
    except StartError as problem:
        _open.close()
        raise pytest.UsageError(str(problem)) from problem
    os.environ.update(started.environment)


def pytest_unconfigure() -> None:
    """Stop what was started; also after Ctrl-C."""
    _open.close()
