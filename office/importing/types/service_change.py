"""Service changes: work for a company at an amount or by the hour, once or every month."""

from __future__ import annotations

from gateway_billing.models import ServiceChange
from office.importing.claimed import claim_mark, frozen, mark, marked, release_mark
from office.importing.keys import Of
from office.importing.owners import MANAGED
from office.importing.record_type import Check, RecordType
from office.importing.values import Value, choice
from rating.gateway.kinds import SERVICE_CHANGE as KIND

of = Of(ServiceChange)

_BY_HOUR = "i.hours IS NOT NULL OR i.hourly_rate IS NOT NULL"
_FROZEN = ("service_date", "category", "description", "amount", "hours", "hourly_rate", "status", "recurring")

# Who says that a change is approved is recorded with it; the database keeps what was billed from being touched.
_DECIDED = (
    "UPDATE gateway_billing_servicechange t SET"
    " approved_by = CASE WHEN i.status = 'approved' THEN %(by)s ELSE '' END,"
    " approved_at = CASE WHEN i.status = 'approved' THEN %(at)s::timestamptz END"
    " FROM import_service_change i WHERE t.id = i.pk AND t.status <> i.status"
)
_BILLED_FROM = (
    " JOIN LATERAL (SELECT (max(c.part) || '-01')::date AS first FROM invoicing_claim c WHERE c.part <> ''"
    f" AND c.kind = '{KIND}' AND c.source_id = t.id AND c.released_at IS NULL) billed ON billed.first IS NOT NULL"
)


def recurrence(value: object) -> tuple[Value]:
    """How often a change comes back: there is one way, every month."""
    return (choice("monthly")(value) == "monthly",)


SERVICE_CHANGE = RecordType(
    "service_change",
    ServiceChange,
    keys=(
        of.reference("company", "client", fixed=True),
        of.day("service_date"),
        of.decimal("amount"),
        of.choice("status").needed(),
        of.text("category"),
        of.text("description"),
        of.decimal("hours"),
        of.decimal("hourly_rate"),
        of.several("recurring", recurrence, ("recurring",), (False,)),
        of.day("recurring_until"),
        mark(KIND),
    ),
    supplied={
        "approved_by": "CASE WHEN i.status = 'approved' THEN %(by)s ELSE '' END",
        "approved_at": "CASE WHEN i.status = 'approved' THEN %(at)s::timestamptz END",
    },
    checks=(
        MANAGED,
        Check("amount", f"i.amount IS NULL AND NOT ({_BY_HOUR})", "'is missing (or give hours and hourly_rate)'"),
        Check(
            "amount", f"i.amount IS NOT NULL AND ({_BY_HOUR})", "'cannot stand beside hours; null clears one of them'"
        ),
        Check("hours", "i.hours IS NULL AND i.hourly_rate IS NOT NULL", "'is missing beside hourly_rate'"),
        Check("hourly_rate", "i.hours IS NOT NULL AND i.hourly_rate IS NULL", "'is missing beside hours'"),
        Check(
            "recurring_until",
            "i.recurring_until IS NOT NULL AND NOT i.recurring",
            "'is the end of a change that does not recur'",
        ),
        Check("recurring_until", "i.recurring_until < i.service_date", "'is before service_date'"),
        marked(KIND, by_part=True),
        *frozen(KIND, tuple((key, f"i.{key}", f"t.{key}") for key in _FROZEN), by_part=True),
        Check(
            "recurring_until",
            "i.recurring_until < billed.first AND i.recurring_until IS DISTINCT FROM t.recurring_until",
            f"format('cannot change to this: it is %s', invoicing_whereabouts('{KIND}', t.id))",
            _BILLED_FROM,
        ),
    ),
    before=(release_mark(KIND, "service_change"), _DECIDED),
    after=(claim_mark(KIND, "service_change", "gateway_billing_servicechange"),),
)
