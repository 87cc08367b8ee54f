"""How queries name documents and units: SQL over a document `i` and a claim `c`."""

from __future__ import annotations

DOCUMENT = "coalesce(i.number, i.status || ' ' || i.external_id)"
ISSUED = "i.status NOT IN ('draft', 'discarded')"

# The tables of units that belong to managed companies.
OF_COMPANIES = {
    "call": "gateway_billing_call",
    "service_case": "gateway_billing_servicecase",
    "service_price": "gateway_billing_serviceprice",
    "service_change": "gateway_billing_servicechange",
    "setup_fee": "gateway_billing_feeschedule",
    "flat_fee": "gateway_billing_outputconfiguration",
}
# The table of each kind of unit that is looked at.
TABLES = {
    "time_entry": "tickets_timeentry",
    "expense": "tickets_expense",
    "ticket_fee": "tickets_ticket",
    "recurring": "contracts_recurringcharge",
    "charge": "contracts_clientcharge",
    **OF_COMPANIES,
}
_REFERENCES = " ".join(
    f"WHEN '{kind}' THEN (SELECT external_id FROM {table} WHERE id = c.source_id)" for kind, table in TABLES.items()
)
REFERENCE = f"(CASE c.kind {_REFERENCES} END)"
UNIT = f"(replace(c.kind, '_', ' ') || ' ' || coalesce({REFERENCE}, '#' || c.source_id))"
