"""Every setting of billing, declared once: attribute, type, name in the environment, default, meaning."""

# ruff: noqa: RUF009 - setting() and group() return dataclass fields
from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from config.addresses import WEB_URL_OR_NONE
from config.bookkeeping import Bookkeeping
from config.declaration import declared, group, setting, value_of
from config.kinds import ascending, choice, decimal, flag, minutes, optional, several, whole, words
from config.kinds_of_business import BUSINESS_HOURS, COUNTRY, CURRENCY, REGION, ZONE, hours
from config.look import Look
from config.mail import MailSettings
from config.number_pattern import NumberPatterns
from config.seller import Seller
from config.targets import Targets
from rating import terms
from rating.registry import STRATEGIES
from rating.terms import BELOW_MINIMUM, DIRECTIONS, LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

PERCENT = decimal("0", "100", places=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class FairUse:
    """Limits of unlimited contracts, per month: above soft a review, above hard the excess is billed."""

    soft_tickets: int = setting(
        "BILLING_FAIR_USE_SOFT_TICKETS", whole(0, 1_000_000), "100",
        "More tickets of an unlimited contract in a month ask for a review.", decides=True,
    )  # fmt: skip
    hard_tickets: int = setting(
        "BILLING_FAIR_USE_HARD_TICKETS", whole(0, 1_000_000), "500",
        "Tickets of an unlimited contract above this in a month are billed.", decides=True,
    )  # fmt: skip
    soft_seconds: int = setting(
        "BILLING_FAIR_USE_SOFT_HOURS", hours("0", "99999"), "200",
        "More hours of an unlimited contract in a month ask for a review.", decides=True,
    )  # fmt: skip
    hard_seconds: int = setting(
        "BILLING_FAIR_USE_HARD_HOURS", hours("0", "99999"), "500",
        "Hours of an unlimited contract above this in a month are billed.", decides=True,
    )  # fmt: skip

    @property
    def limits(self) -> terms.FairUse:
        """The same limits as the pricing of a ticket takes them."""
        return terms.FairUse(self.soft_tickets, self.hard_tickets, self.soft_seconds, self.hard_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingSettings:
    """How this installation bills where no client, contract or person says otherwise."""

    ticket_billing_enabled: bool = setting(
        "TICKET_BILLING_ENABLED", flag(), "true", "Master switch: off means that nobody bills anything.",
    )  # fmt: skip
    auto_bill_on_close: bool = setting(
        "AUTO_BILL_ON_CLOSE", flag(), "false", "Closing a ticket bills it.", decides=True
    )
    auto_bill_on_resolve: bool = setting(
        "AUTO_BILL_ON_RESOLVE", flag(), "false", "Resolving a ticket bills it.", decides=True
    )
    require_time_entries: bool = setting(
        "REQUIRE_TIME_ENTRIES", flag(), "true", "Hold a time-based ticket that has expenses but no time.", decides=True
    )
    delay_minutes: int = setting(
        "BILLING_DELAY_MINUTES", whole(0, 10_080), "5", "Minutes between closing a ticket and billing it."
    )
    strategy_default: str = setting(
        "BILLING_STRATEGY_DEFAULT", choice(*sorted(STRATEGIES)), "time_based",
        "Strategy where neither person, contract nor the work itself decides.", decides=True,
    )  # fmt: skip
    allow_mixed: bool = setting(
        "BILLING_ALLOW_MIXED", flag(), "true", "Time and a fee on one ticket are both billed.", decides=True
    )
    minimum_seconds: int = setting(
        "BILLING_MIN_HOURS", hours("0", "24"), "0.25", "Least hours billed where anything was worked.", decides=True
    )
    round_seconds: int = setting(
        "BILLING_ROUND_MINUTES", minutes(1, 1440), "15", "Step to which worked time is rounded.", decides=True
    )
    rounding_level: str = setting(
        "BILLING_ROUNDING_LEVEL", choice(*LEVELS), "ticket",
        "What is rounded: the ticket's sum, each entry, or each day.", decides=True,
    )  # fmt: skip
    rounding_direction: str = setting(
        "BILLING_ROUNDING_DIRECTION", choice(*DIRECTIONS), "up", "Where to round.", decides=True
    )
    below_minimum: str = setting(
        "BILLING_BELOW_MINIMUM", choice(*BELOW_MINIMUM), "raise",
        "Less than the minimum is raised to it, or not billed.", decides=True,
    )  # fmt: skip
    approval_threshold_seconds: int = setting(
        "BILLING_APPROVAL_THRESHOLD", hours("0", "1000"), "8.0",
        "Tickets with more raw hours than this wait for an approver.", decides=True,
    )  # fmt: skip
    default_hourly_rate: Decimal | None = setting(
        "BILLING_DEFAULT_HOURLY_RATE", optional(decimal("0", "100000")), "",
        "Rate where nobody has set one; not set holds such tickets, 0 is a price.", decides=True,
    )  # fmt: skip
    invoice_status: str = setting(
        "BILLING_INVOICE_STATUS", choice("draft", "auto"), "draft",
        "Clients without an own value: drafts wait for a person, or are issued.",
    )  # fmt: skip
    group_by_client: bool = setting(
        "BILLING_GROUP_BY_CLIENT", flag(), "true", "One draft per client and month; off: one per ticket."
    )
    due_days: int = setting("BILLING_DUE_DAYS", whole(0, 365), "30", "Days until a client's invoice is due.")
    partner_due_days: int = setting(
        "BILLING_PARTNER_DUE_DAYS", whole(0, 365), "14", "Days until a partner's invoice is due."
    )
    auto_send_invoice: bool = setting(
        "BILLING_AUTO_SEND_INVOICE", flag(), "false", "Issued invoices are mailed at once; drafts never are."
    )
    max_retry_attempts: int = setting(
        "BILLING_MAX_RETRY_ATTEMPTS", whole(0, 10), "3", "Retries after a failed attempt; then the ticket is parked."
    )
    retry_seconds: tuple[int, ...] = setting(
        "BILLING_RETRY_SECONDS", ascending(whole(0, 3600), "seconds"), "1,5,15",
        "Waits before the retries; the last one repeats.",
    )  # fmt: skip
    enrolment_override: str | None = setting(
        "BILLING_ENROLMENT_DEFAULT", optional(choice("off", "shadow", "draft", "auto")), "",
        "Automation of clients without an own value. Not set: off while both AUTO_BILL_ON_* are off, "
        "else BILLING_INVOICE_STATUS.",
    )  # fmt: skip
    require_entry_approval: bool = setting(
        "BILLING_REQUIRE_ENTRY_APPROVAL", flag(), "false", "One entry that waits for approval holds its ticket.",
        decides=True,
    )  # fmt: skip
    fair_use: FairUse = group(FairUse)
    business_hours: Mapping[str, str] = setting(
        "BILLING_BUSINESS_HOURS", BUSINESS_HOURS, '{"mon-fri": "08:00-18:00"}',
        "What is not after hours, in the client's zone.", decides=True,
    )  # fmt: skip
    holiday_country: str = setting(
        "BILLING_HOLIDAY_COUNTRY", COUNTRY, "DE", "Whose public holidays count.", decides=True
    )
    holiday_region: str = setting("BILLING_HOLIDAY_REGION", REGION, "", "Region with its own holidays.", decides=True)
    reminder_days: tuple[int, ...] = setting(
        "BILLING_REMINDER_DAYS", ascending(whole(-365, 365), "days"), "none",
        "When to remind, in days from the due date, such as -3,0,7,14,30.",
    )  # fmt: skip
    non_billable_types: frozenset[str] = setting(
        "BILLING_NON_BILLABLE_TYPES", words(), "warranty,internal,training,maintenance",
        "Ticket types that are never billed.", decides=True,
    )  # fmt: skip
    gateway_rate: Decimal = setting(
        "BILLING_GATEWAY_RATE", decimal("0", "1000", places=6), "0.12",
        "Price of a call minute where company, tenant and plan have none; 0 is a price.",
    )  # fmt: skip
    gateway_month_action: str = setting(
        "GATEWAY_MONTH_ACTION", choice("draft", "issue", "send"), "draft",
        "How far the monthly run takes a partner's invoice by itself.",
    )  # fmt: skip
    currency: str = setting("BILLING_CURRENCY", CURRENCY, "EUR", "Currency of new clients.", decides=True)
    timezone: str = setting(
        "BILLING_TIMEZONE", ZONE, "Europe/Berlin", "Zone of days, months and due dates.", decides=True
    )
    standard_tax_rate: Decimal = setting("BILLING_STANDARD_TAX_RATE", PERCENT, "19", "Standard VAT rate in percent.")
    reduced_tax_rates: tuple[Decimal, ...] = setting(
        "BILLING_REDUCED_TAX_RATES", several(PERCENT, "percentages"), "7",
        "Other VAT rates in percent that an item may have.",
    )  # fmt: skip
    e_invoice: str = setting(
        "BILLING_E_INVOICE", choice("none", "zugferd", "xrechnung_cii", "xrechnung_ubl"), "none",
        "Electronic invoice of clients that have no format of their own.",
    )  # fmt: skip
    schematron: str = setting(
        "BILLING_SCHEMATRON", choice("auto", "off"), "auto",
        "Electronic invoices are held to the rules of EN 16931 before they get a number, where saxonche is installed.",
    )  # fmt: skip
    vies_url: str = setting(
        "VIES_URL", WEB_URL_OR_NONE, "https://ec.europa.eu/taxation_customs/vies/rest-api",
        'The EU\'s register of VAT ids (its REST interface); "none" asks nobody.', local="none",
    )  # fmt: skip
    vies_days: int = setting(
        "BILLING_VIES_DAYS", whole(1, 365), "30", "Days for which an answer about a VAT id counts."
    )
    numbers: NumberPatterns = group(NumberPatterns)
    seller: Seller = group(Seller)
    look: Look = group(Look)
    bookkeeping: Bookkeeping = group(Bookkeeping)
    mail: MailSettings = group(MailSettings)
    targets: Targets = group(Targets)

    @property
    def rounding(self) -> terms.Rounding:
        """How time is rounded where the contract does not say."""
        return terms.Rounding(
            level=self.rounding_level,
            increment_seconds=self.round_seconds,
            direction=self.rounding_direction,
            minimum_seconds=self.minimum_seconds,
            below_minimum=self.below_minimum,
        )

    @property
    def enrolment_default(self) -> str:
        """What clients without an own value are: off, shadow, draft or auto."""
        if self.enrolment_override is not None:
            return self.enrolment_override
        return self.invoice_status if self.auto_bill_on_close or self.auto_bill_on_resolve else "off"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def retry_wait(self, failures: int) -> int:
        """Return the seconds to wait after that many failed attempts (1 is the first)."""
        return self.retry_seconds[min(failures, len(self.retry_seconds)) - 1] if self.retry_seconds else 0

    def fingerprint(self) -> str:
        """Return 16 hex digits that change exactly when a setting that decides billing plans changes."""
        table = declared(type(self))
        deciding = {spec.name: spec.kind.show(value_of(self, path)) for path, spec in table if spec.decides}
        deciding["BILLING_ENROLMENT_DEFAULT"] = self.enrolment_default
        return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()[:16]
