"""What the report knows of a kind of unit: SQL that counts them, and SQL that puts each into a bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from office.unbilled.asked import Asked

BILLED: Final = "billed"
COVERED: Final = "covered"
FREE: Final = "free"
ABSORBED: Final = "absorbed"
ELSEWHERE: Final = "elsewhere"
WAIVED: Final = "waived"
HELD: Final = "held"
SKIPPED: Final = "skipped"
NOT_COUNTED: Final = "not_counted"
PENDING: Final = "pending"
OPEN: Final = "open"

SETTLED: Final = (BILLED, COVERED, FREE, ABSORBED, ELSEWHERE)
BUCKETS: Final = (*SETTLED, WAIVED, HELD, SKIPPED, NOT_COUNTED, PENDING, OPEN)


class Unit(NamedTuple):
    """One unit. Names are external ids, "" where there is none; `part` tells apart what one source is billed in.

    `bucket` is None for a unit that is lost: it should be settled, and nothing settles it. `amount_cents` is in minor
    units of `currency`, None where the unit has no price of its own.
    """

    type: str
    id: str
    part: str
    ticket: str
    client: str
    currency: str
    bucket: str | None
    reason: str
    since: date | None
    amount_cents: int | None


@dataclass(frozen=True, slots=True)
class Units:
    """One or more types of units. A new one is a file like its neighbours and a line in the registry.

    `count` answers rows (type, how many). `rows` answers one row for each unit: key, type, id, part, ticket, client,
    currency, bucket, reason, since, seconds, amount_cents, line, line_cents. `line` and `line_cents` are set
    where the units of a line have a price only together; it is then counted once. Both may name the parameters of
    `Asked`. `foreseen` answers units whose reason only planning knows; they are left out of `rows`.
    """

    count: str
    rows: str
    foreseen: Callable[[Asked], Iterable[Unit]] | None = None
