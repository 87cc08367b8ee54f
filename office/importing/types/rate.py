"""Rates: the rate card of a contract."""

from __future__ import annotations

from contracts.models import Rate
from office.importing.keys import Of
from office.importing.record_type import Check, RecordType

of = Of(Rate)

_SAME_PLACE = (
    "o.work_type = i.work_type AND o.time_of_day = i.time_of_day AND"
    " daterange(o.valid_from, o.valid_to, '[]') && daterange(i.valid_from, i.valid_to, '[]')"
)
# Dates in the wrong order have a check of their own and make no range.
_IN_ORDER = "(i.valid_to IS NULL OR i.valid_to >= i.valid_from) AND (o.valid_to IS NULL OR o.valid_to >= o.valid_from)"

RATE = RecordType(
    "rate",
    Rate,
    keys=(
        of.reference("contract", "contract", fixed=True),
        of.day("valid_from"),
        of.day("valid_to"),
        of.text("work_type"),
        of.choice("time_of_day"),
        of.decimal("hourly_rate"),
        of.decimal("multiplier"),
    ),
    checks=(
        Check("hourly_rate", "i.hourly_rate IS NULL AND i.multiplier IS NULL", "'is missing (or give a multiplier)'"),
        Check(
            "multiplier",
            "i.hourly_rate IS NOT NULL AND i.multiplier IS NOT NULL",
            "'cannot stand beside hourly_rate; null clears one of them'",
        ),
        Check("valid_to", "i.valid_to < i.valid_from", "'is before valid_from'"),
        Check(
            "valid_from",
            f"o.key <> i.key AND CASE WHEN {_IN_ORDER} THEN {_SAME_PLACE} END",
            "format('overlaps the rate %s of the same work type and time of day', to_json(o.key))",
            " JOIN import_rate o ON o.contract_key = i.contract_key",
        ),
        Check(
            "valid_from",
            "NOT EXISTS (SELECT FROM import_rate x WHERE x.key = o.external_id)"
            f" AND CASE WHEN {_IN_ORDER} THEN {_SAME_PLACE} END",
            "format('overlaps the rate %s of the same work type and time of day', to_json(o.external_id))",
            " JOIN contracts_contract c ON c.external_id = i.contract_key"
            " JOIN contracts_rate o ON o.contract_id = c.id",
        ),
    ),
)
