"""Commands that write a file: to standard output, or as a whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.core.management.base import CommandError, OutputWrapper

STANDARD_OUTPUT = "-"


@contextmanager
def opened(name: str, out: OutputWrapper) -> Iterator[IO[bytes]]:
    """The file to write, or the command's output for "-". A file gets its name when it is complete.

    Raises CommandError where it cannot be written, and for bytes that would go to a terminal.
    """
    if name == STANDARD_OUTPUT:
        if out.isatty():
            raise CommandError("this is no text for a terminal: name a file with --output, or redirect the output")
        yield getattr(out, "buffer", sys.stdout.buffer)
        return
    path = Path(name)
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    except OSError as problem:
        raise CommandError(f"--output {name}: {problem.strerror}") from problem
    finally:
        unfinished.unlink(missing_ok=True)
