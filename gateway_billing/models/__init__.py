"""What the gateway sells through partners: companies, their usage, services, and the months billed."""

from gateway_billing.models.company import FeeSchedule
from gateway_billing.models.month import AggregateInvoice, LateUnit, MonthAttempt, MonthRun
from gateway_billing.models.output import CaseCategory, OutputConfiguration
from gateway_billing.models.service import ServiceChange, ServicePrice, ServiceTemplate
from gateway_billing.models.usage import Call, ServiceCase

__all__ = [
    "AggregateInvoice",
    "Call",
    "CaseCategory",
    "FeeSchedule",
    "LateUnit",
    "MonthAttempt",
    "MonthRun",
    "OutputConfiguration",
    "ServiceCase",
    "ServiceChange",
    "ServicePrice",
    "ServiceTemplate",
]
