"""Every test runs on a real PostgreSQL, as the application's role; the owner builds and cleans."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from django.utils import translation
from psycopg import sql

from config import overrides
from tests.books import violations

KEPT = ("django_migrations", "django_content_type", "auth_permission")
# Of seconds each. Left to the end they would keep one worker busy when the others have nothing left to do.
LONG = ("tests/scenarios/test_state_machine.py", "tests/benchmarks/", "tests/test_migrations.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first, all others in their order."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def owner_connection(name: str | None = None) -> psycopg.Connection[Any]:
    """A connection as the owner of the database, outside Django."""
    address = settings.DATABASES["owner"]
    return psycopg.connect(
        host=address["HOST"], port=address["PORT"], user=address["USER"], password=address["PASSWORD"],
        dbname=name or address["NAME"], autocommit=True,
    )  # fmt: skip


def _use(name: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
        settings.DATABASES[alias]["NAME"] = name


@pytest.fixture(scope="session")
def template_database(django_db_blocker: Any) -> str:
    """A migrated database that no test writes to; built once for all workers of a run."""
    base = settings.DATABASES["owner"]["NAME"]
    template = f"{base}_template_{os.environ.get('PYTEST_XDIST_TESTRUNUID', str(os.getpid()))[:12]}"
    with owner_connection() as owner, django_db_blocker.unblock():
        owner.execute("SELECT pg_advisory_lock(1)")
        if not owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone():
            owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(template)))
            _use(template)
            call_command("migrate", verbosity=0)
            _use(base)
            _without_autovacuum(template)
    return template


def _without_autovacuum(name: str) -> None:
    """It looks when it likes, finds tables empty between two tests, and lets the planner scan them in the next one."""
    with owner_connection(name) as owner:
        for (table,) in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            owner.execute(sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = off)").format(sql.Identifier(table)))


@pytest.fixture(scope="session")
def django_db_setup(template_database: str, django_db_blocker: Any) -> Iterator[None]:
    """Give this worker its clone of the template."""
    base = settings.DATABASES["owner"]["NAME"]
    clone = f"{template_database}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with owner_connection() as owner:
        owner.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(clone), sql.Identifier(template_database))
        )
    _use(clone)
    # Processes that a test starts use the same database.
    before = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    os.environ.update({name: url.rsplit("/", 1)[0] + "/" + clone for name, url in before.items()})
    yield
    os.environ.update(before)
    with django_db_blocker.unblock():
        _use(base)
    with owner_connection() as owner:
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(clone)))


def _clean_as_owner(_: TransactionTestCase) -> None:
    """The application's role may not truncate; the owner does it after tests that commit."""
    with owner_connection() as owner:
        owner.execute("SET lock_timeout = '20s'")
        found = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = [sql.Identifier(name) for (name,) in found if name not in KEPT]
        owner.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(", ").join(tables)))


# Django has no public place for this; the name is in no stub either.
setattr(TransactionTestCase, "_fixture_teardown", _clean_as_owner)  # noqa: B010


@pytest.fixture(autouse=True, scope="session")
def people_of_tests() -> None:
    """They have cheap passwords, and ask as often as they like: their keys are those of other tests' people."""
    settings.PASSWORD_HASHERS = ["tests.signing_in.QuickHasher"]
    settings.RATELIMIT_ENABLE = False


@pytest.fixture(autouse=True)
def no_settings_are_stored() -> None:
    """Nothing is stored when a test begins, and nobody asks until the test stores something."""
    overrides.know({})


@pytest.fixture(autouse=True)
def english_is_spoken() -> None:
    """A page asked for in another language leaves that language behind in the thread."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def the_books_are_right(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test that touched the database, whatever it was about, the invariants of billing hold."""
    uses_database = request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(
        request.fixturenames
    )
    if not uses_database:
        yield
        return
    request.getfixturevalue("db")
    yield
    if not _aborted():  # else the test ended in a refusal: nothing was kept
        assert violations() == []


def _aborted() -> bool:
    connection = connections["default"].connection
    status = connection.info.transaction_status if connection is not None else None
    return connections["default"].needs_rollback or status == psycopg.pq.TransactionStatus.INERROR


@pytest.fixture
def owner(db: None) -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection to this test's database; sees only what is committed."""
    with owner_connection() as connection:
        yield connection
