"""What a partner's month consists of: one file per charge, one line here, in the order of the lines of a company."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway_billing.charge_sources import (
    call_minutes,
    charges,
    monthly_flat,
    monthly_services,
    service_cases,
    service_changes,
    setup_fee,
)
from gateway_billing.month_charge import MonthCharge, Placed, Settling, claim_units
from gateway_billing.partner_month import PartnerMonth


def _claim_named(_: PartnerMonth, placed: Sequence[Placed], settling: Settling) -> None:
    claim_units(placed, settling)


@dataclass(frozen=True, slots=True)
class ChargeSource:
    """A kind of charge.

    `plan` reads all companies of the month in a number of queries that does not depend on them, and writes nothing.
    `claim` claims exactly what was planned; sources with masses bring their own.
    """

    name: str
    plan: Callable[[PartnerMonth], list[MonthCharge]]
    claim: Callable[[PartnerMonth, Sequence[Placed], Settling], None] = _claim_named


CHARGE_SOURCES = (
    ChargeSource("call_minutes", call_minutes.plan, call_minutes.claim),
    ChargeSource("monthly_services", monthly_services.plan),
    ChargeSource("service_changes", service_changes.plan),
    ChargeSource("setup_fee", setup_fee.plan),
    ChargeSource("service_cases", service_cases.plan, service_cases.claim),
    ChargeSource("monthly_flat", monthly_flat.plan),
    ChargeSource("charges", charges.plan),
)
