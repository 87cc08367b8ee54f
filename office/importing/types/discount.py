"""Discounts on a client's documents of a month."""

from __future__ import annotations

from decimal import Decimal

from invoicing.models import Discount
from office.importing.dates import month
from office.importing.keys import Of
from office.importing.problem import Problem, quoted
from office.importing.record_type import Check, RecordType, bits_of, columns_of
from office.importing.values import decimal, exact
from rating.money import currencies

of = Of(Discount)

_FINEST = 4  # decimal places of the finest currency
_MOST = 10**12
_TOO_FINE = -1


def amount(value: object) -> int:
    """An amount above 0 in major units -> in ten-thousandths: which currency it is of is known with the client."""
    parts = exact(value).scaleb(_FINEST)
    if not 0 < parts <= _MOST * 10**_FINEST:
        raise Problem(f"must be above 0 and at most {_MOST}, not {quoted(value)}")
    if parts != parts.to_integral_value():
        raise Problem(f"has more than {_FINEST} decimal places: {quoted(value)}")
    return int(parts)


def percent(value: object) -> str:
    """A percentage above 0."""
    found = str(decimal(6, 3, most=100)(value))
    if Decimal(found) == 0:
        raise Problem("must be above 0")
    return found


_KEYS = (
    of.reference("client", "client", fixed=True),
    of.value("month", month).needed(),
    of.value("amount", amount, "amount_cents"),
    of.value("percent", percent),
    of.text("reason"),
)
_GIVEN = bits_of(columns_of(_KEYS))
_AMOUNT, _PERCENT = f"i.given & {_GIVEN['amount_cents']} <> 0", f"i.given & {_GIVEN['percent']} <> 0"
_CURRENCY = "COALESCE(ic.currency, dc.currency)"
_FACTOR = (
    "CASE "
    + " ".join(
        f"WHEN {_CURRENCY} IN ({', '.join(repr(code) for code in currencies(places))}) THEN {10 ** (_FINEST - places)}"
        for places in (0, 3, 4)
    )
    + " ELSE 100 END"
)
# A record that gets a percentage loses its amount, and the other way round.
_ONE_OF_BOTH = (
    f"UPDATE import_discount i SET amount_cents = NULL WHERE {_PERCENT} AND i.percent IS NOT NULL AND NOT ({_AMOUNT})",
    f"UPDATE import_discount i SET percent = NULL WHERE {_AMOUNT} AND i.amount_cents IS NOT NULL AND NOT ({_PERCENT})",
)
_IN_MINOR_UNITS = (
    "UPDATE import_discount i SET amount_cents ="
    f" CASE WHEN mod(i.amount_cents, f.factor) = 0 THEN i.amount_cents / f.factor ELSE {_TOO_FINE} END"
    f" FROM (SELECT s.sequence, {_FACTOR} AS factor FROM import_discount s"
    " LEFT JOIN import_client ic ON ic.key = s.client_key"
    " LEFT JOIN contracts_client dc ON dc.external_id = s.client_key) f"
    f" WHERE f.sequence = i.sequence AND {_AMOUNT} AND i.amount_cents IS NOT NULL"
)
_USED = (
    " JOIN invoicing_discountuse u ON u.discount_id = t.id AND u.released_at IS NULL"
    " JOIN invoicing_invoice uv ON uv.id = u.invoice_id"
)

DISCOUNT = RecordType(
    "discount",
    Discount,
    keys=_KEYS,
    derive=(*_ONE_OF_BOTH, _IN_MINOR_UNITS),
    checks=(
        Check("amount", f"i.amount_cents = {_TOO_FINE}", "'has more decimal places than the currency of the client'"),
        Check("amount", "i.amount_cents IS NULL AND i.percent IS NULL", "'is missing (or give percent)'"),
        Check("amount", "i.amount_cents IS NOT NULL AND i.percent IS NOT NULL", "'cannot stand beside percent'"),
        Check("month", "t.invoice_id IS NOT NULL", "'cannot be set: the discount is that of one draft'"),
        *(
            Check(
                field,
                f"i.{column} IS DISTINCT FROM t.{column}",
                "'cannot change: it was taken by ' || uv.number",
                _USED,
            )
            for field, column in (
                ("month", "month"),
                ("amount", "amount_cents"),
                ("percent", "percent"),
                ("reason", "reason"),
            )
        ),
    ),
)
