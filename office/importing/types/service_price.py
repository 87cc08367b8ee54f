"""Prices of services: what a company pays by the month or the year."""

from __future__ import annotations

from gateway_billing.models import ServicePrice
from office.importing.claimed import frozen
from office.importing.keys import Of
from office.importing.owners import MANAGED
from office.importing.record_type import Check, RecordType
from rating.gateway.kinds import SERVICE_PRICE as KIND

of = Of(ServicePrice)

_SAME_DAYS = (
    "o.service = i.service AND daterange(o.valid_from, o.valid_to, '[]') && daterange(i.valid_from, i.valid_to, '[]')"
)
# Days in the wrong order have a check of their own and make no range.
_IN_ORDER = "(i.valid_to IS NULL OR i.valid_to >= i.valid_from) AND (o.valid_to IS NULL OR o.valid_to >= o.valid_from)"
_OVERLAP = f"CASE WHEN {_IN_ORDER} THEN {_SAME_DAYS} END"

# Months that were billed keep the days for which they were billed.
_BILLED_UNTIL = (
    " JOIN LATERAL (SELECT (max(c.part) || '-01')::date + interval '1 month' - interval '1 day' AS last"
    f" FROM invoicing_claim c WHERE c.kind = '{KIND}' AND c.source_id = t.id AND c.released_at IS NULL) billed"
    " ON billed.last IS NOT NULL"
)
_ENDS, _ENDED = (f"LEAST(COALESCE({record}.valid_to, 'infinity'), billed.last)" for record in "it")

SERVICE_PRICE = RecordType(
    "service_price",
    ServicePrice,
    keys=(
        of.reference("company", "client", fixed=True),
        of.text("service"),
        of.decimal("price"),
        of.day("valid_from"),
        of.day("valid_to"),
        of.decimal("discount_percent", most=100),
        of.choice("interval"),
        of.boolean("prorate"),
        of.decimal("quantity"),
    ),
    checks=(
        MANAGED,
        Check("valid_to", "i.valid_to < i.valid_from", "'is before valid_from'"),
        Check(
            "valid_from",
            f"o.key <> i.key AND {_OVERLAP}",
            "format('overlaps the price %s of the same service', to_json(o.key))",
            " JOIN import_service_price o ON o.company_key = i.company_key",
        ),
        Check(
            "valid_from",
            f"NOT EXISTS (SELECT FROM import_service_price x WHERE x.key = o.external_id) AND {_OVERLAP}",
            "format('overlaps the price %s of the same service', to_json(o.external_id))",
            " JOIN contracts_client c ON c.external_id = i.company_key"
            " JOIN gateway_billing_serviceprice o ON o.company_id = c.id",
        ),
        *frozen(
            KIND,
            tuple(
                (key, f'i."{key}"', f't."{key}"')
                for key in ("service", "price", "valid_from", "discount_percent", "interval", "prorate", "quantity")
            ),
            has_mark=False,
            by_part=True,
        ),
        Check(
            "valid_to",
            f"{_ENDS} <> {_ENDED}",
            f"format('cannot change to this: it is %s', invoicing_whereabouts('{KIND}', t.id))",
            _BILLED_UNTIL,
        ),
    ),
)
