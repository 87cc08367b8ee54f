"""Brings the database to the state that this version's code expects, before anything uses it."""

from __future__ import annotations

import hashlib
import sys
from typing import TYPE_CHECKING

from billing_project.embedded import children
from billing_project.embedded.binaries import ROOT
from billing_project.embedded.errors import StartError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from billing_project.embedded.folder import DataFolder

# Commands that look at the schema themselves, or need none.
WITHOUT_SCHEMA = frozenset({
    "check", "collectstatic", "compilemessages", "dbshell", "diffsettings", "help", "makemessages", "makemigrations",
    "migrate", "show_settings", "showmigrations", "sqlmigrate", "test", "version", "--help", "--version", "-h",
})  # fmt: skip


STAMP = "postgres/schema"  # lives and dies with the cluster it speaks of


def _fingerprint() -> str:
    """Changes with every migration file; those of packages come with these, or with the settings that name them."""
    mark = hashlib.sha256()
    packages = (ROOT / "requirements" / "base.txt", ROOT / "billing_project" / "settings.py")
    for path in (*sorted(ROOT.glob("*/migrations/*.py")), *packages):
        mark.update(path.name.encode() + path.read_bytes())
    return mark.hexdigest()


def migrate_if_needed(folder: DataFolder, environment: Mapping[str, str], *, embedded: bool) -> None:
    """Migrate as the owner, unless the embedded database has seen exactly these migrations. Raises StartError."""
    fingerprint = _fingerprint()
    with folder.holding("schema"):
        if embedded and folder.read(STAMP).get("migrated") == fingerprint:
            return
        print("Preparing the database…", file=sys.stderr, flush=True)
        child = children.start(
            [sys.executable, str(ROOT / "manage.py"), "migrate", "--noinput", "--verbosity", "0"],
            cwd=ROOT,
            env=environment,
            stdout=sys.stderr.fileno(),
            own_session=False,
        )
        if child.wait() != 0:
            raise StartError("The database could not be brought up to date; the lines above say why.")
        if embedded:
            folder.write(STAMP, {"migrated": fingerprint})


def forget(folder: DataFolder) -> None:
    """Look at the database's state again at the next start: somebody migrates by hand."""
    folder.forget(STAMP)
