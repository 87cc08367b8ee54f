"""Every migration can be taken back, to an empty database, and applied again."""

from __future__ import annotations

import os

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from tests.conftest import owner_connection
from tests.manage import manage

APPS = ("gateway_billing", "tickets", "invoicing", "contracts", "accounts")


@pytest.fixture
def empty_database():
    """A database of its own, named in an environment for child processes."""
    name = f"billing_migrations_{os.getpid()}"
    with owner_connection() as owner:
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    urls = {key: os.environ[key].rsplit("/", 1)[0] + f"/{name}" for key in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    yield urls
    with owner_connection() as owner:
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def tables_and_functions(url: str) -> tuple[set[str], set[str]]:
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        functions = connection.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        ).fetchall()
    return {name for (name,) in tables}, {name for (name,) in functions}


def test_every_migration_goes_back_to_zero_and_forward_again(empty_database):
    url = empty_database["DATABASE_OWNER_URL"]
    manage("migrate", env=empty_database)
    there = tables_and_functions(url)

    for app in APPS:
        manage("migrate", app, "zero", env=empty_database)
    tables, functions = tables_and_functions(url)
    manage("migrate", env=empty_database)

    assert not functions
    assert not {name for name in tables if name.startswith(APPS)}
    assert tables_and_functions(url) == there


def test_the_applications_role_cannot_change_the_schema(db):
    from django.db import ProgrammingError, connection

    assert connection.settings_dict["USER"] != settings.DATABASES["owner"]["USER"]
    with pytest.raises(ProgrammingError, match="permission denied for schema public"), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE public.mine (id int)")
