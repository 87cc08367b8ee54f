"""Read the lines of JSON Lines files as bytes, whatever their size, in bounded memory."""

from __future__ import annotations

import sys
from bisect import bisect_right
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_LINE = 1 << 20  # bytes, without the line end
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass
class Places:
    """Turns the running number of a line over all files back into its file and its number there."""

    names: list[str] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)

    def begin(self, name: str, sequence: int) -> None:
        """The next lines, from `sequence` on, come from the file `name`."""
        self.names.append(name)
        self._starts.append(sequence)

    def line(self, sequence: int) -> int:
        """The number of the line in its own file, from 1."""
        return sequence - self._starts[self._index(sequence)] + 1

    def name(self, sequence: int, *, other_than: int | None = None) -> str:
        """How a message names the line: `line 3`, with several files `tickets.jsonl line 3`.

        With `other_than` the file is left out where the other line is in the same one.
        """
        index = self._index(sequence)
        alone = len(self.names) == 1 or (other_than is not None and self._index(other_than) == index)
        return f"{'' if alone else self.names[index] + ' '}line {self.line(sequence)}"

    def _index(self, sequence: int) -> int:
        return bisect_right(self._starts, sequence) - 1


def read_lines(names: Sequence[str], places: Places) -> Iterator[tuple[int, bytes | None]]:
    """Every line of the files, as (running number from 1, bytes without the line end).

    `-` is standard input. A line longer than LONGEST_LINE comes as None: its bytes are read over, not kept.
    Raises OSError where a file cannot be read.
    """
    sequence = 0
    for name in names:
        places.begin(name, sequence + 1)
        with _opened(name) as stream:
            for place, line in enumerate(_lines(stream)):
                sequence += 1
                marked = place == 0 and line is not None
                yield sequence, line.removeprefix(_BYTE_ORDER_MARK) if marked and line else line


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
    else:
        with Path(name).open("rb") as stream:
            yield stream


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    while line := stream.readline(LONGEST_LINE + 2):
        if line.endswith(b"\n"):
            line = line.rstrip(b"\r\n")
        elif len(line) > LONGEST_LINE:
            _read_over(stream)
        yield line if len(line) <= LONGEST_LINE else None


def _read_over(stream: BinaryIO) -> None:
    while rest := stream.readline(LONGEST_LINE):
        if rest.endswith(b"\n"):
            return
