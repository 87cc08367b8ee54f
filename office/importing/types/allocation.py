"""Opening balances: what another system had already covered of a contract's allowance in a month."""

from __future__ import annotations

from contracts.models import Allocation
from office.importing.dates import month
from office.importing.keys import Of
from office.importing.owners import client_of
from office.importing.record_type import Check, Identity, RecordType
from office.importing.values import hours, integer

of = Of(Allocation)

_MOST_TICKETS = 1_000_000
_MOST_HOURS = 100_000

# Allocations have no id of their own: 64 bits of the line's id stand in the place of what an allowance was used for.
_OPENING = Identity(
    "source_id",
    "('x' || left(md5({key}), 16))::bit(64)::bigint",
    " AND {record}.kind = 'opening' AND {record}.released_at IS NULL",
)
_START, _END = (
    f"CASE WHEN i_contract.key IS NULL THEN d_contract.{column} ELSE i_contract.{column} END"
    for column in ("start_on", "end_on")
)

# What was taken from an allowance stays on record: a balance that is corrected is released, and stored anew.
_RELEASE = (
    "UPDATE contracts_allocation t SET released_at = %(at)s FROM import_allocation i"
    " WHERE t.id = i.pk AND (i.month, i.tickets, i.seconds) IS DISTINCT FROM (t.month, t.tickets, t.seconds)"
)
_ANEW = (
    "UPDATE import_allocation i SET pk = NULL FROM contracts_allocation t"
    " WHERE t.id = i.pk AND t.released_at IS NOT NULL"
)

ALLOCATION = RecordType(
    "allocation",
    Allocation,
    keys=(
        of.reference("contract", "contract", fixed=True),
        of.value("month", month),
        of.several("tickets", lambda value: (integer(0, _MOST_TICKETS)(value),), ("tickets",), (0,)),
        of.several("hours", lambda value: (hours(_MOST_HOURS)(value),), ("seconds",), (0,)),
    ),
    belongs_to="contract",
    identity=_OPENING,
    supplied={"kind": "'opening'", "created_at": "%(at)s"},
    replaced=True,
    before=(_RELEASE, _ANEW),
    checks=(
        Check("tickets", "i.tickets = 0 AND i.seconds = 0", "'is missing (or give hours)'"),
        Check(
            "month",
            f"i.month + interval '1 month' <= {_START} OR i.month > {_END}",
            "'is not a month of the contract'",
            client_of("contract").joins,
        ),
    ),
)
