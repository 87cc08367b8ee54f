from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from django.db import connection

from contracts.models import Client
from gateway_billing.locks import LOCK_CLASS
from tests.conftest import owner_connection


@pytest.fixture
def caught_messages(db: None) -> Callable[[], list[tuple[str, tuple[tuple[str, object], ...]]]]:
    """The messages that the test's transaction would publish: name and arguments."""
    return lambda: [callback.key for _, callback, *_ in connection.run_on_commit if hasattr(callback, "key")]


@pytest.fixture
def owner_writes(db: None) -> Callable[[Client], AbstractContextManager[None]]:
    """Somebody else's open transaction that has written usage of this partner, as its guards lock it."""

    @contextmanager
    def writing(partner: Client) -> Iterator[None]:
        with owner_connection() as other, other.transaction():
            other.execute("SELECT pg_advisory_xact_lock_shared(%s, %s::int)", [LOCK_CLASS, partner.pk])
            yield

    return writing
