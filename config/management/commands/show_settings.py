"""Print the settings in force and where each comes from."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import environment, overrides
from config.report import Row, rows, with_stored

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Show what is in force and where it comes from; secrets are masked."
    requires_system_checks = ()  # what is wrong elsewhere must not hide the settings that explain it

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="show this setting only, with its meaning")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *, name: str | None = None, format: str = "text", **_options: Any) -> None:  # noqa: A002
        deployment = settings.DEPLOYMENT
        env = environment(Path(settings.BASE_DIR))
        groups = (deployment, settings.BILLING)
        found = [row for group in groups for row in rows(group, env, production=deployment.production)]
        combined, stored = overrides.in_force(settings.BILLING), overrides.known()
        found = with_stored(found, combined, stored)
        if overrides.store_is_away():
            self.stderr.write("the database does not answer: stored settings are not shown")
        if name is not None:
            found = [_named(name, found)]
        write = _as_json if format == "json" else _as_text
        self.stdout.write(write(found, one=name is not None))


def _named(name: str, found: list[Row]) -> Row:
    by_name = {row.name: row for row in found}
    if row := by_name.get(name.upper()):
        return row
    near = get_close_matches(name.upper(), by_name, n=3) or sorted(n for n in by_name if name.upper() in n)[:3]
    hint = f"; near it: {', '.join(near)}" if near else "; show_settings without a name lists all"
    raise CommandError(f"There is no setting {name}{hint}.")


def _as_json(found: list[Row], *, one: bool) -> str:
    listed = [asdict(row) for row in found]
    return json.dumps(listed[0] if one else listed, indent=2, ensure_ascii=False, default=_moment)


def _moment(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"no JSON for {type(value).__name__}")
    return value.isoformat()


def _as_text(found: list[Row], *, one: bool) -> str:
    names, values = max(len(row.name) for row in found), min(60, max(len(row.value) for row in found))
    lines = [f"{row.name:{names}}  {row.value or '-':{values}}  {_source(row)}" for row in found]
    if one:
        lines += [found[0].help, f"Default: {found[0].default or '-'}", *_of_stored(found[0])]
    return "\n".join(lines)


def _source(row: Row) -> str:
    return f"{row.source} (a stored value is ignored)" if row.ignored else row.source


def _of_stored(row: Row) -> list[str]:
    if row.stored is None:
        return []
    who = f"by {row.stored.changed_by} at {row.stored.changed_at.isoformat()}: {row.stored.reason}"
    lines = [
        f"Environment: {row.environment or '-'} ({row.environment_source})",
        f"Stored: {row.stored.value or '-'}, {who}",
    ]
    return [*lines, f"Ignored: {row.ignored}"] if row.ignored else lines
