"""Units and reasons as the standard codes them: UN/ECE recommendation 20, and the EU's list of exemption reasons."""

from __future__ import annotations

from typing import Final

PIECE: Final = "C62"  # "one": what has no unit of its own
UNITS: Final = {
    "h": "HUR",
    "s": "SEC",
    "min": "MIN",
    "d": "DAY",
    "day": "DAY",
    "month": "MON",
    "quarter": "QAN",
    "year": "ANN",
    "pc": "H87",
    "piece": "H87",
    "%": "P1",
}
# Why no tax is charged, where the list has a code for it. A small business (E) is told in words alone.
EXEMPTIONS: Final = {
    "AE": "VATEX-EU-AE",
    "K": "VATEX-EU-IC",
    "G": "VATEX-EU-G",
    "O": "VATEX-EU-O",
}
DISCOUNT: Final = "95"  # UNTDID 5189


def unit_code(unit: str) -> str:
    """The code of a unit of ours; a piece where it is none of the list."""
    return UNITS.get(unit, PIECE)
