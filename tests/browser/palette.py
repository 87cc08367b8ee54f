"""Makes a browser's PNG small: at most 256 colours, packed as well as zlib can."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
Colour = tuple[int, int, int]


def with_few_colours(png: bytes) -> bytes:
    """The same picture in its most frequent colours, the others become the nearest of them. RGB or RGBA of 8 bits."""
    chunks = list(_chunks(png))
    width, height, depth, kind = struct.unpack(">IIBB", chunks[0][1][:10])
    if depth != 8 or kind not in (2, 6):
        raise ValueError(f"not a picture of a browser: {depth} bits of kind {kind}")
    size = 3 if kind == 2 else 4
    data = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    rows = [_colours(row, size) for row in _rows(data, width * size, height, size)]
    counted = Counter(colour for row in rows for colour in row)
    palette = [colour for colour, _ in counted.most_common(COLOURS)]
    places = {colour: _nearest(colour, palette) for colour in counted} | {c: n for n, c in enumerate(palette)}
    packed = b"".join(b"\0" + bytes(places[colour] for colour in row) for row in rows)
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(map(bytes, palette))),
            _chunk(b"IDAT", zlib.compress(packed, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        yield png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += length + 12


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _rows(data: bytes, length: int, height: int, size: int) -> Iterator[bytearray]:
    """The rows of bytes, each restored from what its filter made of it and the row above."""
    above = bytearray(length)
    for number in range(height):
        start = number * (length + 1)
        row = bytearray(data[start + 1 : start + 1 + length])
        how = data[start]
        for place in range(length) if how else ():
            left = row[place - size] if place >= size else 0
            corner = above[place - size] if place >= size else 0
            row[place] = (row[place] + _expected(how, left, above[place], corner)) & 255
        yield row
        above = row


def _expected(how: int, left: int, up: int, corner: int) -> int:
    if how == 1:
        return left
    if how == 2:
        return up
    if how == 3:
        return (left + up) // 2
    guess = left + up - corner
    return min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]


def _colours(row: bytearray, size: int) -> list[Colour]:
    return list(zip(row[0::size], row[1::size], row[2::size], strict=True))


def _nearest(colour: Colour, palette: list[Colour]) -> int:
    return min(
        range(len(palette)),
        key=lambda n: sum((one - other) ** 2 for one, other in zip(colour, palette[n], strict=True)),
    )
