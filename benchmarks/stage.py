"""Where measuring happens: a PostgreSQL and a Redis of its own, and a fresh copy of the same data for each trial."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from billing_project.embedded.folder import DataFolder
from billing_project.embedded.session import services

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# In the environment: a migrated database to copy, on the server that the environment names. Without it nothing is
# measured on a server that somebody else may be using.
MIGRATED = "BENCHMARK_MIGRATED_DATABASE"
ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL")
# What every benchmark measures under; whatever this machine's environment says of billing is left aside.
SETTINGS = {"APP_ENV": "test", "TICKET_BILLING_ENABLED": "true", "AUTO_BILL_ON_CLOSE": "true", "DEBUG": "false"}


@dataclass(frozen=True)
class Stage:
    """The running services; `template` is the migrated database that `trial` copies."""

    base: str
    template: str

    def keep(self, name: str) -> str:
        """Keep what the database in use holds now under another name; answers it for `trial`."""
        from django.db import connections

        kept = f"{self.template}_{name}"
        self._copy(connections["default"].settings_dict["NAME"], kept)
        return kept

    @contextlib.contextmanager
    def trial(self, of: str | None = None) -> Iterator[None]:
        """A copy of the template (or of what was kept) that Django and child processes use inside the block."""
        from django.db import connections

        name = f"{self.template}_trial"
        self._copy(of or self.template, name)
        _use(name)
        try:
            with connections["default"].cursor() as cursor:
                cursor.execute("SELECT 1")  # connecting is not part of what is measured
            yield
        finally:
            connections["default"].close()
            connections["owner"].close()
            _use(self.template)
            with owner(self.base) as maintenance:
                _drop(maintenance, name)

    @contextlib.contextmanager
    def reading(self, kept: str) -> Iterator[None]:
        """What was kept, itself and no copy, for Django inside the block: what changes nothing needs no fresh one."""
        from django.db import connections

        for alias in ("default", "owner"):
            connections[alias].close()
        _use(kept)
        try:
            with connections["default"].cursor() as cursor:
                cursor.execute("SELECT 1")
            yield
        finally:
            for alias in ("default", "owner"):
                connections[alias].close()
            _use(self.template)

    def _copy(self, source: str, target: str) -> None:
        from django.db import connections

        for alias in ("default", "owner"):
            connections[alias].close()
        with owner(self.base) as maintenance:
            _drop(maintenance, target)
            maintenance.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(target), sql.Identifier(source)
                )
            )


@contextlib.contextmanager
def stage(settings: Mapping[str, str] | None = None, *, durable: bool = True) -> Iterator[Stage]:
    """Start services, migrate, and set Django up on them; what the environment says of others is left aside.

    `settings` are billing settings of this benchmark. `durable` false leaves out fsync, for a quick look.
    """
    foreign = () if MIGRATED in os.environ else (*ADDRESSES, "REDIS_URL")
    for name in [name for name in os.environ if name in foreign or name.startswith(("BILLING_", "AUTO_BILL_"))]:
        del os.environ[name]
    os.environ.update(SETTINGS | dict(settings or {}))
    path = Path(tempfile.mkdtemp(prefix="billing-benchmark-"))
    try:
        with services(DataFolder.open(path), os.environ, app_env="test", durable=durable) as running:
            os.environ.update(running.environment)
            with _migrated() as ready:
                yield ready
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _migrated() -> Iterator[Stage]:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "billing_project.settings"
    django.setup()
    logging.getLogger("billing").setLevel(logging.ERROR)  # what fair use flags is no news here
    from django.core.management import call_command
    from django.db import connections

    base = connections["owner"].settings_dict["NAME"]
    ready = Stage(base, f"{base}_benchmark_{os.getpid()}")
    migrated = os.environ.get(MIGRATED)
    with owner(base) as maintenance:
        names = (ready.template, migrated or "template1")
        maintenance.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, names)))
    _use(ready.template)
    try:
        if not migrated:
            call_command("migrate", verbosity=0)
            connections["owner"].close()
        yield ready
    finally:
        for alias in ("default", "owner"):
            connections[alias].close()
        _use(base)
        with owner(base) as maintenance:
            made = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
            for (name,) in maintenance.execute(made, [ready.template]).fetchall():
                _drop(maintenance, name)


def owner(name: str | None = None) -> psycopg.Connection[Any]:
    """The owner's connection, outside Django, in autocommit: to the database in use or to another one."""
    from django.db import connections

    address = connections["owner"].settings_dict
    return psycopg.connect(
        host=address["HOST"], port=address["PORT"], user=address["USER"], password=address["PASSWORD"],
        dbname=name or address["NAME"], autocommit=True,
    )  # fmt: skip


def _use(name: str) -> None:
    from django.db import connections

    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = name
    for variable in ADDRESSES:
        os.environ[variable] = os.environ[variable].rsplit("/", 1)[0] + "/" + name


def _drop(maintenance: psycopg.Connection[Any], name: str) -> None:
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    try:
        maintenance.execute(drop + sql.SQL(" WITH (FORCE)"))
    except psycopg.errors.InsufficientPrivilege:
        # A worker of autovacuum is the superuser's: the owner cannot end it, but without FORCE it is asked to go.
        maintenance.execute(drop)
