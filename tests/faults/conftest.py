from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.faults.sabotage import Sabotage
from tests.processes import broker, processes

__all__ = ["broker", "processes", "sabotage"]


@pytest.fixture
def sabotage(owner: psycopg.Connection[Any]) -> Iterator[Sabotage]:
    """Faults that the owner plants in the database; gone after the test."""
    with Sabotage.on(owner) as planted:
        yield planted
