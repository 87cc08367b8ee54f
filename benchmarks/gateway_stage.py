"""A month of partners to bill: companies with every kind of agreement, their calls and cases, written by SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.data import insert
from benchmarks.stage import owner

if TYPE_CHECKING:
    import psycopg

MONTH = "2026-10"
# Months before it, the newest first.
OLDER = tuple(f"{year}-{month:02}" for year in (2026, 2025) for month in range(12, 0, -1) if (year, month) < (2026, 10))

CLIENT = {
    "currency": "'EUR'", "country": "'DE'", "vat_id": "'DE123456788'", "address_line1": "'Hauptstr. ' || n",
    "postcode": "'10115'", "city": "'Berlin'", "delivery": "'none'",
}  # fmt: skip
PARTNER = CLIENT | {"external_id": "'partner-' || n", "name": "'Partner ' || n || ' GmbH'", "is_partner": "true"}
PARTNERS = "generate_series(0, {partners} - 1) n"
# `n` is the number of the company among all; what it has agreed follows from it.
COMPANY = CLIENT | {
    "external_id": "'company-' || n", "name": "'Company ' || lpad(n::text, 6, '0')", "managed_by_id": "p.id",
    "managed_from": "'2020-01-01'::date", "started_on": "'2020-01-01'::date",
}  # fmt: skip
COMPANIES = (
    "generate_series(0, {companies} - 1) n JOIN contracts_client p ON p.external_id = 'partner-' || n % {partners}"
)
OF_COMPANY = "generate_series(0, {companies} - 1) n JOIN contracts_client c ON c.external_id = 'company-' || n"

# By the second, by the minute, in steps; included minutes, unlimited, with a discount, at the usual rate; setup fees.
FEES = {
    "external_id": "'fees-' || n", "company_id": "c.id",
    "first_seconds": "CASE WHEN n % 3 = 0 THEN 1 ELSE 60 END",
    "next_seconds": "CASE n % 3 WHEN 0 THEN 1 WHEN 1 THEN 60 ELSE 6 END",
    "per_minute_rate": "CASE WHEN n % 7 > 0 THEN 0.12 + 0.005 * (n % 5) END",
    "included_minutes": "CASE WHEN n % 10 IN (1, 2, 3) THEN 100 END", "unlimited_minutes": "n % 10 = 4",
    "usage_discount_percent": "CASE WHEN n % 10 IN (3, 5) THEN 12.5 ELSE 0 END",
    "setup_fee": "CASE WHEN n % 5 = 0 THEN 99.00 END",
}  # fmt: skip
# Three outputs: the default one per case; one by webhook, or hybrid, or free; one at a flat price, or none.
OUTPUT = {
    "external_id": "'output-' || n || '-' || o", "company_id": "c.id", "default": "o = 0",
    "output_type": "CASE o WHEN 1 THEN CASE n % 2 WHEN 0 THEN 'webhook' ELSE 'hybrid' END ELSE 'email' END",
    "billing_mode": "CASE WHEN o < 2 THEN 'per_case' WHEN n % 2 = 0 THEN 'monthly_flat' ELSE 'none' END",
    "base_price_cents": "CASE WHEN o = 0 THEN 100 + n % 3 WHEN n % 10 = 6 THEN 0 ELSE 25 END",
    "webhook_price_cents": "CASE WHEN n % 10 = 6 THEN 0 END",
}  # fmt: skip
OUTPUTS = f"{OF_COMPANY} CROSS JOIN generate_series(0, 2) o"
CATEGORY = {
    "external_id": "'category-' || n || '-' || o", "company_id": "c.id", "name": "'Category ' || o",
    "output_configuration_id": "u.id",
}  # fmt: skip
CATEGORIES = f"""{OF_COMPANY} CROSS JOIN generate_series(0, 2) o
    LEFT JOIN gateway_billing_outputconfiguration u ON u.external_id = 'output-' || n || '-' || o AND o > 0"""
SERVICE = {
    "external_id": "'price-' || n || '-' || s", "company_id": "c.id", "service": "'Service ' || s",
    "price": "19.90 + n % 4", "discount_percent": "CASE WHEN n % 3 = 1 THEN 10 ELSE 0 END",
    "valid_from": "'2020-01-01'::date",
}  # fmt: skip
SERVICES = f"{OF_COMPANY} CROSS JOIN generate_series(0, 1) s"
CHANGE = {
    "external_id": "'change-' || n", "company_id": "c.id", "service_date": "'2026-10-20'::date",
    "description": "'Porting of numbers'", "hours": "1.5", "hourly_rate": "75.00", "status": "'approved'",
}  # fmt: skip
CHANGES = f"{OF_COMPANY} WHERE n % 4 = 0"

# Usage is told by its number: spread over the month, a twentieth of it not to be billed.
CALL = {
    "external_id": "'call-{month}-' || n || '-' || k", "company_id": "c.id",
    "started_at": "'{month}-01T06:00Z'::timestamptz + (n * 37 + k) % 2500 * interval '17 minutes'",
    "duration_seconds": "(k * 7 + n * 13) % 900",
    "status": "CASE k % 20 WHEN 0 THEN 'failed' WHEN 1 THEN 'ended' ELSE 'completed' END",
}  # fmt: skip
CALLS = f"{OF_COMPANY} CROSS JOIN generate_series(1, {{calls}}) k"
CASE = {
    "external_id": "'case-{month}-' || n || '-' || k", "company_id": "c.id", "category_id": "g.id",
    "created_at": "s.sent_at - interval '5 minutes'",
    "output_status": "CASE k % 40 WHEN 0 THEN 'pending' WHEN 1 THEN 'failed' ELSE 'sent' END",
    "output_sent_at": "CASE WHEN k % 40 > 1 THEN s.sent_at END", "is_billable": "k % 40 <> 2",
    "subject": "'Mail does not arrive any more'", "metadata": """'{{"queue": "support"}}'::jsonb""",
}  # fmt: skip
CASES = f"""{OF_COMPANY} CROSS JOIN generate_series(1, {{cases}}) k
    LEFT JOIN gateway_billing_casecategory g ON g.external_id = 'category-' || n || '-' || k % 4
    CROSS JOIN LATERAL (
        SELECT '{{month}}-01T06:00Z'::timestamptz + (n * 41 + k) % 2500 * interval '17 minutes' AS sent_at) s"""


@dataclass(frozen=True)
class Size:
    """How much there is: partners, companies of each, and of each company calls and as many cases in a month."""

    partners: int
    companies: int
    calls: int

    @property
    def rows(self) -> int:
        """Calls and cases of one month."""
        return 2 * self.partners * self.companies * self.calls

    def __str__(self) -> str:
        return f"{self.partners} partners x {self.companies} companies x {self.calls} calls and cases"


def build(size: Size, *, older: int = 0) -> None:
    """Fill the database in use: what companies have agreed, and the usage of the month and of so many before it."""
    from contracts.models import Client
    from gateway_billing.models import CaseCategory, FeeSchedule, OutputConfiguration, ServiceChange, ServicePrice

    numbers = {"partners": size.partners, "companies": size.partners * size.companies}
    with owner() as connection:
        for model, values, source in (
            (Client, PARTNER, PARTNERS),
            (Client, COMPANY, COMPANIES),
            (FeeSchedule, FEES, OF_COMPANY),
            (OutputConfiguration, OUTPUT, OUTPUTS),
            (CaseCategory, CATEGORY, CATEGORIES),
            (ServicePrice, SERVICE, SERVICES),
            (ServiceChange, CHANGE, CHANGES),
        ):
            insert(connection, model, values, source.format(**numbers))
        for month in (*reversed(OLDER[:older]), MONTH):
            use(connection, size, month)
        connection.execute("VACUUM (ANALYZE)")


def use(connection: psycopg.Connection[Any], size: Size, month: str) -> None:
    """Write what all companies used in a month."""
    from gateway_billing.models import Call, ServiceCase

    numbers = {"companies": size.partners * size.companies, "calls": size.calls, "cases": size.calls, "month": month}
    for model, values, source in ((Call, CALL, CALLS), (ServiceCase, CASE, CASES)):
        told = {column: text.format(month=month) for column, text in values.items()}
        insert(connection, model, told, source.format(**numbers))
