"""Recurring charges of a contract: seats, devices, flat fees."""

from __future__ import annotations

from contracts.models import RecurringCharge
from office.importing.keys import Of
from office.importing.record_type import Check, RecordType

of = Of(RecurringCharge)

_BILLED = " JOIN LATERAL (SELECT invoicing_whereabouts('recurring', t.id) AS place) k ON k.place IS NOT NULL"
_TERM = " JOIN contracts_contract c ON c.id = t.contract_id"
_MOVED = "invoicing_moved_period(t.id, invoicing_days(t.valid_from, i.valid_to), invoicing_days(c.start_on, c.end_on))"

RECURRING_CHARGE = RecordType(
    "recurring_charge",
    RecurringCharge,
    keys=(
        of.reference("contract", "contract", fixed=True),
        of.text("description"),
        of.decimal("quantity"),
        of.decimal("unit_price"),
        of.day("valid_from"),
        of.day("valid_to"),
        of.choice("interval"),
        of.choice("timing"),
        of.boolean("prorate"),
    ),
    belongs_to="contract",
    checks=(
        Check("valid_to", "i.valid_to < i.valid_from", "'is before valid_from'"),
        *(
            Check(
                key,
                f"i.{key} IS DISTINCT FROM t.{key}",
                "format('cannot change: it is %s; end it with valid_to and add a new one', k.place)",
                _BILLED,
            )
            for key in ("description", "quantity", "unit_price", "valid_from", "interval", "timing", "prorate")
        ),
        Check(
            "valid_to",
            f"i.valid_to IS DISTINCT FROM t.valid_to AND {_MOVED} IS NOT NULL",
            f"'cannot change to this: it is ' || {_MOVED}",
            _TERM,
        ),
    ),
)
