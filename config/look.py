"""How documents look: the seller's colour and logo."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from config.declaration import Kind, setting
from config.kinds import shaped

LARGEST_LOGO = 500_000
_PNG = (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82")
_JPEG = (b"\xff\xd8\xff", b"\xff\xd9")


def _picture(text: str) -> str:
    """The absolute path of a PNG or JPEG that is there as a whole."""
    if not text:
        return ""
    path = Path(text)
    if not path.is_absolute():
        raise ValueError("not an absolute path")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_LOGO + 1)
    except OSError as problem:
        raise ValueError(f"cannot be read ({problem.strerror})") from problem
    if len(content) > LARGEST_LOGO:
        raise ValueError(f"larger than {LARGEST_LOGO} bytes")
    whole = any(content.startswith(first) and content.endswith(last) for first, last in (_PNG, _JPEG))
    if not whole or path.suffix.lower() not in {".png", ".jpg", ".jpeg"}:
        raise ValueError("no whole PNG or JPEG")
    return text


PICTURE = Kind(f"the absolute path of a .png or .jpg of at most {LARGEST_LOGO} bytes", _picture)
COLOUR = shaped("#[0-9a-fA-F]{6}", 'six hexadecimal digits, such as "#1f4e79"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What PDF documents are drawn with. They are drawn once: a change counts for later ones."""

    colour: str = setting("SELLER_COLOUR", COLOUR, "#1f4e79", "Colour of titles and rules on PDF documents.")
    logo: str = setting("SELLER_LOGO", PICTURE, "", "Logo on PDF documents; without one they show the seller's name.")
