"""Single charges to a client."""

from __future__ import annotations

from contracts.models import ClientCharge
from office.importing.claimed import frozen
from office.importing.keys import Of
from office.importing.record_type import RecordType

of = Of(ClientCharge)

CHARGE = RecordType(
    "charge",
    ClientCharge,
    keys=(
        of.reference("client", "client", fixed=True),
        of.day("date", "charged_on"),
        of.text("description"),
        of.decimal("quantity"),
        of.decimal("unit_price"),
        of.decimal("tax_rate", most=100),
        of.boolean("goods"),
    ),
    checks=frozen(
        "charge",
        (
            ("date", "i.charged_on", "t.charged_on"),
            ("description", "i.description", "t.description"),
            ("quantity", "i.quantity", "t.quantity"),
            ("unit_price", "i.unit_price", "t.unit_price"),
            ("tax_rate", "i.tax_rate", "t.tax_rate"),
            ("goods", "i.goods", "t.goods"),
        ),
        has_mark=False,
    ),
)
