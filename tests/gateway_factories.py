"""Rows of the gateway for tests: a partner, its company, what the company pays and used.

`CompanyFactory.create()` is managed by a partner of its own since 2025; give `managed_by=` for another one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory

from gateway_billing.models import (
    Call,
    CaseCategory,
    FeeSchedule,
    OutputConfiguration,
    ServiceCase,
    ServiceChange,
    ServicePrice,
)
from tests.factories import ClientFactory

IN_JANUARY = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
RUN = datetime(2026, 2, 1, 3, 0, tzinfo=UTC)  # the monthly run of January 2026


class PartnerFactory(ClientFactory):
    external_id = Sequence(lambda n: f"partner{n}")
    is_partner = True
    payment_terms_days = None
    automation = "off"


class CompanyFactory(ClientFactory):
    external_id = Sequence(lambda n: f"company{n}")
    managed_by = SubFactory(PartnerFactory)
    managed_from = date(2025, 1, 1)
    automation = "off"


class FeeScheduleFactory(DjangoModelFactory[FeeSchedule]):
    class Meta:
        model = FeeSchedule

    external_id = Sequence(lambda n: f"fees{n}")
    company = SubFactory(CompanyFactory)
    per_minute_rate = Decimal("0.12")


class CallFactory(DjangoModelFactory[Call]):
    class Meta:
        model = Call

    external_id = Sequence(lambda n: f"call{n}")
    company = SubFactory(CompanyFactory)
    started_at = IN_JANUARY
    duration_seconds = 600
    status = "completed"


class OutputFactory(DjangoModelFactory[OutputConfiguration]):
    """Per case, by e-mail, at 0.50, and the company's default."""

    class Meta:
        model = OutputConfiguration

    external_id = Sequence(lambda n: f"output{n}")
    company = SubFactory(CompanyFactory)
    output_type = "email"
    billing_mode = "per_case"
    default = True


class CategoryFactory(DjangoModelFactory[CaseCategory]):
    class Meta:
        model = CaseCategory

    external_id = Sequence(lambda n: f"category{n}")
    company = SubFactory(CompanyFactory)
    name = "Incident"


class ServiceCaseFactory(DjangoModelFactory[ServiceCase]):
    """Created and sent in January 2026."""

    class Meta:
        model = ServiceCase

    external_id = Sequence(lambda n: f"case{n}")
    company = SubFactory(CompanyFactory)
    created_at = IN_JANUARY
    output_status = "sent"
    output_sent_at = IN_JANUARY


class ServicePriceFactory(DjangoModelFactory[ServicePrice]):
    class Meta:
        model = ServicePrice

    external_id = Sequence(lambda n: f"price{n}")
    company = SubFactory(CompanyFactory)
    service = "Phone line"
    price = Decimal("29.00")
    valid_from = date(2026, 1, 1)


class ServiceChangeFactory(DjangoModelFactory[ServiceChange]):
    class Meta:
        model = ServiceChange

    external_id = Sequence(lambda n: f"change{n}")
    company = SubFactory(CompanyFactory)
    service_date = date(2026, 1, 15)
    description = "Porting of numbers"
    amount = Decimal("250.00")
    status = "approved"
