"""Keys of rows as a browser sends them."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What a key can be in the database; longer numbers and digits of other scripts name nothing.
_KEY = re.compile(r"[0-9]{1,18}")


def keys_in(sent: Iterable[str]) -> list[int]:
    """The keys among what was sent, in their order; what cannot be one is left out."""
    return [int(one) for one in sent if _KEY.fullmatch(one)]
