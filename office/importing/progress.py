"""Show how far a long import has come: a line that moves on a terminal, log lines elsewhere."""

from __future__ import annotations

import logging
from typing import Protocol

logger = logging.getLogger("billing.import")

LINES_A_LOG = 100_000
_LINES_A_SIGN = 2_000


class Terminal(Protocol):
    """What is written to: Django's wrapper of standard error, or a stream."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> None: ...

    def isatty(self) -> bool: ...


class Progress:
    """Called with the number of lines read so far."""

    def __init__(self, stream: Terminal) -> None:
        self._stream = stream
        self._moves = stream.isatty()
        self._read = 0

    def __call__(self, lines: int) -> None:
        self._read = lines
        if self._moves:
            if lines % _LINES_A_SIGN == 0:
                self._show(f"{lines} lines read")
        elif lines % LINES_A_LOG == 0:
            logger.info("%d lines read", lines)

    def stage(self, name: str) -> None:
        """Say what comes after reading, which may take as long."""
        if self._moves:
            self._show(name)
        elif self._read >= LINES_A_LOG:
            logger.info(name)

    def end(self) -> None:
        """Clear the moving line."""
        if self._moves:
            self._show("")

    def _show(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}")
        self._stream.flush()
