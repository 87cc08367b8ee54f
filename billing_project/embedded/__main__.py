"""`python -m billing_project.embedded [--data DIR] VERB …`: what run.py runs once the packages are there."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import config
from billing_project.embedded import children, schema, session
from billing_project.embedded.binaries import ROOT
from billing_project.embedded.demo import demo
from billing_project.embedded.errors import StartError
from billing_project.embedded.folder import DataFolder
from billing_project.embedded.testing import test
from billing_project.embedded.up import up

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = "usage: run.py [--data DIR] demo [--once] | up | test [PYTEST ARGUMENTS] | manage COMMAND …"


def given_environment() -> dict[str, str]:
    """The process's environment, with the addresses and the kind of installation that .env may name instead."""
    settings = config.environment(ROOT)
    named = {
        name: found.text
        for name in ("APP_ENV", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "PORT")
        if (found := settings.find(name))
    }
    return {**os.environ, **named}


def manage(folder: DataFolder, command: Sequence[str]) -> int:
    """Run manage.py with the services up; returns its exit code. The folder people stand in stays theirs."""
    given = given_environment()
    with session.services(folder, given, app_env="local") as running:
        environment = {**given, **running.environment}
        embedded = not given.get("DATABASE_URL")  # a database of somebody else's is migrated when they say so
        if command[:1] == ["migrate"]:
            schema.forget(folder)
        elif embedded and command and command[0] not in schema.WITHOUT_SCHEMA:
            schema.migrate_if_needed(folder, environment, embedded=embedded)
        child = children.start(
            [sys.executable, str(ROOT / "manage.py"), *command],
            cwd=Path.cwd(), env=environment, stdin=sys.stdin.fileno(), own_session=False,
        )  # fmt: skip
        session.forward_signals(child)
        return session.end_like(child.wait())


def run(words: Sequence[str], data: Path | None) -> int:
    """Run the verb that the words begin with; `data` is the folder that was asked for. Returns the exit code."""
    match words:
        case ["manage", *command]:
            return manage(DataFolder.open(data or ROOT / "var"), command)
        case ["test", *arguments]:
            return test(dict(os.environ), arguments)
        case ["up"]:
            return up(DataFolder.open(data or ROOT / "var"), given_environment())
        case ["demo", *options] if set(options) <= {"--once"}:
            return demo(DataFolder.open(data or ROOT / "var" / "demo"), given_environment(), once=bool(options))
    print(USAGE, file=sys.stderr)
    return 2


def main(arguments: Sequence[str]) -> int:
    """Run one verb; returns the exit code. What is missing or broken becomes one sentence on standard error."""
    rest, data = list(arguments), None
    if len(rest) > 1 and rest[0] == "--data":
        data, rest = Path(rest[1]), rest[2:]
    try:
        return run(rest, data)
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except OSError as error:
        print(f"{error.filename or 'System'}: {error.strerror}; choose another folder with --data.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
