"""What was billed by hand for a ticket, outside this product: for the comparison with what would have been billed."""

from __future__ import annotations

from office.importing.keys import Of
from office.importing.record_type import RecordType
from office.importing.values import integer
from tickets.models import ManualBill

of = Of(ManualBill)

_MOST_CENTS = 10**15

MANUAL_BILL = RecordType(
    "manual_bill",
    ManualBill,
    keys=(
        of.reference("ticket", "ticket", fixed=True),
        of.value("amount_cents", integer(0, _MOST_CENTS)),
        of.text("reference"),
    ),
)
