"""What a report is asked for: a moment, and perhaps one client."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias

import config
from contracts.models import Client
from rating.money import UnknownCurrency, exponent
from rating.period import BillingPeriod

Value: TypeAlias = datetime | str | int | None

LAST_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """`at` is the last moment that counts and `day` its day in the issuer's zone.

    `past`: the moment is over, so that what was given back since was still billed then.
    """

    at: datetime
    day: date
    past: bool
    client: Client | None = None

    def parameters(self) -> dict[str, Value]:
        """What the SQL of every kind of unit may refer to by name."""
        return {
            "at": self.at,
            "day": self.day.isoformat(),
            "past": self.past,
            "client": self.client.pk if self.client else None,
            "zone": config.billing().timezone,
            "scales": json.dumps(_scales()),
        }


def asked(as_of: date | None, *, now: datetime, client: Client | None = None) -> Asked:
    """The end of a day in the issuer's zone; None: now. Raises ValueError for a day to come."""
    today = now.astimezone(config.billing().zone).date()
    if as_of is None:
        return Asked(now, today, past=False, client=client)
    if as_of > today:
        raise ValueError(f"{as_of} is yet to come")
    end = BillingPeriod.from_dates(as_of, as_of, config.billing().timezone).end - LAST_INSTANT
    return Asked(end, as_of, past=end < now, client=client)


def _scales() -> dict[str, int]:
    """Minor units in a major one, of each currency in use that has any."""
    scales: dict[str, int] = {}
    for currency in Client.objects.order_by("currency").values_list("currency", flat=True).distinct():
        try:
            scales[currency] = 10 ** exponent(currency)
        except UnknownCurrency:
            continue  # no amount can be said in it
    return scales
