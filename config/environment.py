"""Where settings come from: the process's environment, then files named by NAME_FILE, then the .env file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ

from config.errors import SettingsError

FROM_ENVIRONMENT = "environment"
FROM_DOTENV = ".env"
FROM_DEFAULT = "default"

_ASSIGNMENT = re.compile(r"(export )?[A-Za-z_0-9]+=")


@dataclass(frozen=True, slots=True)
class Found:
    """A value somebody wrote, and where it was written."""

    text: str
    origin: str


class Environment(Mapping[str, str]):
    """Names to raw texts. The process's environment wins over the .env file."""

    def __init__(self, process: Mapping[str, str], dotenv: Mapping[str, str] | None = None) -> None:
        self._process = process
        self._dotenv = dotenv or {}

    def __getitem__(self, name: str) -> str:
        return self._process[name] if name in self._process else self._dotenv[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._dotenv, **self._process})

    def __len__(self) -> int:
        return len({**self._dotenv, **self._process})

    def find(self, name: str) -> Found | None:
        """Return the text for `name`, trimmed; None when nobody set it or it is blank.

        A name with `_FILE` behind it holds the path of a file with the value, as container secrets do.
        Raises ValueError with the reason when that file cannot be read.
        """
        for texts, origin in ((self._process, FROM_ENVIRONMENT), (self._dotenv, FROM_DOTENV)):
            if text := texts.get(name, "").strip():
                return Found(text, origin)
            if path := texts.get(f"{name}_FILE", "").strip():
                return Found(_content(Path(path)), f"{origin}: {name}_FILE")
        return None


def environment(directory: Path, process: Mapping[str, str] | None = None) -> Environment:
    """Return the process's environment above `directory`/.env.

    With APP_ENV=test the file is left alone, so that what a developer keeps there cannot change a test.
    Raises SettingsError naming each line of the file that is no assignment.
    """
    process = os.environ if process is None else process
    path = directory / ".env"
    if process.get("APP_ENV") == "test" or not path.is_file():
        return Environment(process)
    return Environment(process, _dotenv(path))


def environment_of(env: Any) -> Environment:
    """Return an Environment for what callers hold: an Environment, a mapping or an environ.Env."""
    if isinstance(env, Environment):
        return env
    return Environment(env if isinstance(env, Mapping) else env.ENVIRON)


def _dotenv(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError([f"{path} cannot be read: {problem}."]) from problem
    # The reader below only logs a line it does not understand: a setting would be lost without a word.
    wrong = [number for number, line in enumerate(lines, 1) if _is_no_assignment(line)]
    if wrong:
        raise SettingsError([f"{path} line {number}: expected NAME=value or a # comment." for number in wrong])
    reader: Any = type("DotEnv", (environ.Env,), {"ENVIRON": {}})  # one of its own: os.environ stays as it is
    reader.read_env(path)
    return dict(reader.ENVIRON)


def _is_no_assignment(line: str) -> bool:
    return bool(line) and not line.startswith("#") and not _ASSIGNMENT.match(line)


def _content(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise ValueError(f"the file {path} cannot be read ({problem.__class__.__name__})") from problem
    if not text:
        raise ValueError(f"the file {path} is empty")
    return text
