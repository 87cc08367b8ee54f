"""Clients: who is billed, partners and the companies that they manage included."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.models import Client
from contracts.vat_ids import LETTERS
from office.importing.dates import day_or_moment, moment_or_day
from office.importing.keys import Of
from office.importing.record_type import Check, RecordType, bits_of, columns_of
from office.importing.values import country, currency, decimal, email, integer, vat_id, zone
from rating.vat_territory import PAIRS, PREFIXES, UNION_PREFIXES

of = Of(Client)

# A partner may be imported in the same file, be stored already, or both: the file's word counts.
_PARTNER = (
    " LEFT JOIN import_client ip ON ip.key = i.managed_by_key"
    " LEFT JOIN contracts_client dp ON dp.external_id = i.managed_by_key"
)
_HAS_LINES = "EXISTS (SELECT FROM invoicing_invoice v WHERE v.client_id = t.id AND v.line_count > 0)"

_KEYS = (
    of.text("name"),
    of.value("currency", currency),
    of.value("country", country),
    of.value("vat_id", vat_id),
    of.value("email", email),
    of.text("address.line1", "address_line1"),
    of.text("address.line2", "address_line2"),
    of.text("address.postcode", "postcode"),
    of.text("address.city", "city"),
    of.decimal("hourly_rate"),
    of.value("payment_terms_days", integer(0, 365)),
    of.value("timezone", zone),
    of.choice("automation"),
    of.boolean("require_entry_approval"),
    of.choice("language"),
    of.text("region"),
    of.boolean("is_partner"),
    of.reference("managed_by", "client"),
    of.day("managed_from"),
    of.day("managed_until"),
    of.value("automation_from", moment_or_day),
    of.choice("delivery"),
    of.choice("e_invoice"),
    of.text("leitweg_id"),
    of.value("started_at", day_or_moment, "started_on"),
    of.boolean("active"),
    of.choice("tax.category", "tax_category"),
    of.value("tax.rate", decimal(6, 3, most=100), "tax_rate"),
    of.text("tax.reason", "tax_reason"),
)

# Tickets closed before a client was enrolled are not billed by machine. A client that arrives enrolled brings its
# tickets along; one that is enrolled later has a history, which was billed by other means.
_GIVEN = bits_of(columns_of(_KEYS))["automation_from"]
_ENROLLED_NOW = (
    "UPDATE import_client i SET automation_from = %(at)s FROM contracts_client t"
    " WHERE t.id = i.pk AND i.automation IN ('shadow', 'draft', 'auto') AND t.automation IN ('', 'off')"
    f" AND i.given & {_GIVEN} = 0"
)


def _array(values: Iterable[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{value}'" for value in sorted(values)) + "]"


# The same rule as rating.vat_territory.fits: an EU country has ids of its own letters, another one none of the EU's.
_WRONG_COUNTRY = (
    f"i.vat_id <> '' AND i.country || left(i.vat_id, {LETTERS}) <> ALL ({_array(map(''.join, PAIRS))})"
    f" AND (i.country = ANY ({_array(PREFIXES)}) OR left(i.vat_id, {LETTERS}) = ANY ({_array(UNION_PREFIXES)}))"
)

CLIENT = RecordType(
    "client",
    Client,
    keys=_KEYS,
    # The history of who managed a company is kept from all three, as they stand at the same time.
    last=frozenset({"managed_from", "managed_until"}),
    derive=(_ENROLLED_NOW,),
    checks=(
        Check(
            "currency",
            f"t.currency <> i.currency AND {_HAS_LINES}",
            "format('is fixed since the first invoice line: %s', t.currency)",
        ),
        Check("vat_id", _WRONG_COUNTRY, "format('does not fit the country %s: %s', i.country, to_json(i.vat_id))"),
        Check("managed_by", "i.managed_by_key = i.key", "'is the client itself'"),
        Check(
            "managed_by",
            "i.managed_by_key <> i.key AND NOT COALESCE(ip.is_partner, dp.is_partner, true)",
            "format('%s is not a partner', to_json(i.managed_by_key))",
            _PARTNER,
        ),
        Check(
            "currency",
            "i.managed_by_key IS NOT NULL AND COALESCE(ip.currency, dp.currency, i.currency) <> i.currency",
            "format('must be the currency of its partner, %s', COALESCE(ip.currency, dp.currency))",
            _PARTNER,
        ),
        Check("managed_until", "i.managed_until < i.managed_from", "'is before managed_from'"),
        Check("tax.rate", "i.tax_category = 'S' AND i.tax_rate IS NULL", "'is missing for category S'"),
        Check(
            "tax.rate",
            "i.tax_category NOT IN ('', 'S') AND i.tax_rate <> 0",
            "format('must be 0 for category %s', i.tax_category)",
        ),
        Check("tax.category", "i.tax_category = '' AND i.tax_rate IS NOT NULL", "'is missing where there is a rate'"),
    ),
)
