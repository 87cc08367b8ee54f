"""Fee schedules: what a managed company pays for calls, and its setup fee."""

from __future__ import annotations

from gateway_billing.models import FeeSchedule
from office.importing.claimed import claim_mark, frozen, marked, release_mark
from office.importing.keys import Of
from office.importing.owners import MANAGED
from office.importing.problem import Problem, quoted
from office.importing.record_type import Check, RecordType
from office.importing.values import Value, integer
from rating.gateway.kinds import SETUP_FEE
from rating.gateway.metering import Metering

of = Of(FeeSchedule)

_MINUTES_OF_A_MONTH = 10_000_000  # of all lines of a company; more is a slip
_MARK = "setup_fee_billed_elsewhere"
_TABLE = "gateway_billing_feeschedule"


def metering(value: object) -> tuple[Value, Value]:
    """How seconds are counted, as two columns: the first step and each next one."""
    try:
        found = Metering.parse(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        raise Problem(f"must be per_second, per_minute or first/next seconds such as 60/6, not {quoted(value)}")
    return found.first_seconds, found.next_seconds


def included(value: object) -> tuple[Value, Value]:
    """Included minutes as two columns: how many, and whether they are unlimited."""
    return (None, True) if value == "unlimited" else (integer(0, _MINUTES_OF_A_MONTH)(value), False)


FEE_SCHEDULE = RecordType(
    "fee_schedule",
    FeeSchedule,
    keys=(
        of.reference("company", "client", fixed=True),
        of.several("metering", metering, ("first_seconds", "next_seconds"), (1, 1)),
        of.decimal("per_minute_rate"),
        of.decimal("tenant_per_minute_rate"),
        of.decimal("plan_per_minute_rate"),
        of.decimal("buy_per_minute_rate"),
        of.several("included_minutes", included, ("included_minutes", "unlimited_minutes"), (None, False)),
        of.decimal("usage_discount_percent", most=100),
        of.decimal("setup_fee"),
        of.text(_MARK),
    ),
    checks=(
        MANAGED,
        Check(
            "company",
            "o.key <> i.key",
            "format('has another fee schedule, %s', to_json(o.key))",
            " JOIN import_fee_schedule o ON o.company_key = i.company_key",
        ),
        Check(
            "company",
            "o.external_id <> i.key",
            "format('has another fee schedule, %s', to_json(o.external_id))",
            f" JOIN contracts_client c ON c.external_id = i.company_key JOIN {_TABLE} o ON o.company_id = c.id",
        ),
        marked(SETUP_FEE, key=_MARK),
        *frozen(SETUP_FEE, (("setup_fee", "i.setup_fee", "t.setup_fee"),), key=_MARK),
    ),
    before=(release_mark(SETUP_FEE, "fee_schedule", key=_MARK),),
    after=(claim_mark(SETUP_FEE, "fee_schedule", _TABLE, key=_MARK),),
)
