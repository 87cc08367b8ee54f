"""What single values cannot show: settings that contradict each other."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from config.declaration import declared
from config.deployment import Deployment
from config.plan import BillingSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

_OUR_PREFIXES = ("BILLING_", "SELLER_", "AUTO_BILL_", "TICKET_BILLING_", "GATEWAY_", "MAIL_")
_ALIKE = 0.85


def setting_names() -> list[str]:
    """Return the names of all settings, deployment first."""
    return [spec.name for cls in (Deployment, BillingSettings) for _, spec in declared(cls)]


def contradictions(settings: BillingSettings, *, production: bool) -> list[str]:
    """Return one sentence for each pair of settings that cannot both be meant."""
    problems = [*settings.numbers.problems(), *_holiday_region(settings)]
    fair = settings.fair_use
    if fair.soft_tickets > fair.hard_tickets:
        problems.append("BILLING_FAIR_USE_SOFT_TICKETS is above BILLING_FAIR_USE_HARD_TICKETS; allowed: at most that.")
    if fair.soft_seconds > fair.hard_seconds:
        problems.append("BILLING_FAIR_USE_SOFT_HOURS is above BILLING_FAIR_USE_HARD_HOURS; allowed: at most that.")
    if settings.strategy_default == "mixed" and not settings.allow_mixed:
        problems.append("BILLING_STRATEGY_DEFAULT is mixed while BILLING_ALLOW_MIXED is off; allowed: another one.")
    if settings.max_retry_attempts and not settings.retry_seconds:
        problems.append("BILLING_RETRY_SECONDS is empty while BILLING_MAX_RETRY_ATTEMPTS is not 0; allowed: seconds.")
    return [*problems, *settings.seller.missing(), *settings.mail.contradictions()] if production else problems


def misspelt(env: Mapping[str, str]) -> list[str]:
    """Name variables that look like a setting and are none: a typing error would else leave the default in force."""
    known = setting_names()
    problems = []
    for name in sorted(env):
        if name.removesuffix("_FILE") in known or not name.startswith(_OUR_PREFIXES):
            continue
        if near := get_close_matches(name, known, n=1, cutoff=_ALIKE):
            problems.append(f"{name} is no setting; allowed: {near[0]}, if that was meant.")
    return problems


def _holiday_region(settings: BillingSettings) -> list[str]:
    # Loading the calendars takes half a second: only an installation that left the default pays for it.
    if (settings.holiday_country, settings.holiday_region) == ("DE", ""):
        return []
    import holidays

    regions = holidays.list_supported_countries().get(settings.holiday_country)
    if regions is None:
        return [f'BILLING_HOLIDAY_COUNTRY is "{settings.holiday_country}", which has no calendar; allowed: another.']
    if settings.holiday_region and settings.holiday_region not in regions:
        allowed = ", ".join(regions) or "no region"
        return [f'BILLING_HOLIDAY_REGION is "{settings.holiday_region}"; allowed in the country: {allowed}.']
    return []
