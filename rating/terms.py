"""What was agreed, as values: the terms under which a ticket's work is priced."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from rating.business_hours import BusinessHours

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from decimal import Decimal

    from rating.numerals import Language

__all__ = [
    "AFTER_HOURS",
    "BELOW_MINIMUM",
    "DIRECTIONS",
    "EMERGENCY",
    "HOLIDAY",
    "LATE_WORK",
    "LEVELS",
    "ORIGINS",
    "STANDARD",
    "TIMES_OF_DAY",
    "UNLIMITED",
    "WEEKEND",
    "Allowance",
    "BusinessHours",
    "CardRate",
    "FairUse",
    "Rate",
    "Rounding",
    "Terms",
    "no_holidays",
]

UNLIMITED: Final = "unlimited"
Allowance: TypeAlias = int | Literal["unlimited"] | None

STANDARD: Final = "standard"
AFTER_HOURS: Final = "after_hours"
WEEKEND: Final = "weekend"
HOLIDAY: Final = "holiday"
EMERGENCY: Final = "emergency"
TIMES_OF_DAY: Final = (STANDARD, AFTER_HOURS, WEEKEND, HOLIDAY, EMERGENCY)

LEVELS: Final = ("ticket", "entry", "day")
DIRECTIONS: Final = ("up", "nearest", "down", "none")
BELOW_MINIMUM: Final = ("raise", "skip")
ORIGINS: Final = ("override", "entry", "card", "assignment", "contract", "client", "setting")
LATE_WORK: Final = ("supplement", "absorb")


def _one_of(what: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{what} {value!r} is not known; it is one of {', '.join(allowed)}.")


def _not_negative(what: str, value: Decimal | int | None) -> None:
    if value is not None and not value >= 0:
        raise ValueError(f"{what} must be zero or more, not {value}.")


@dataclass(frozen=True, slots=True)
class Rounding:
    """Minimum and increment in seconds, at the level of the ticket, the entry or the day.

    The minimum comes first. `below_minimum` says whether less time is raised to it or not billed at all.
    """

    level: str = "ticket"
    increment_seconds: int = 900
    direction: str = "up"
    minimum_seconds: int = 900
    below_minimum: str = "raise"

    def __post_init__(self) -> None:
        _one_of("The rounding level", self.level, LEVELS)
        _one_of("The rounding direction", self.direction, DIRECTIONS)
        _one_of("What happens below the minimum:", self.below_minimum, BELOW_MINIMUM)
        _not_negative("The minimum", self.minimum_seconds)
        _not_negative("The increment", self.increment_seconds)
        if not self.increment_seconds and self.direction != "none":
            raise ValueError(f"Rounding {self.direction} needs an increment of at least one second.")


@dataclass(frozen=True, slots=True)
class Rate:
    """A price per hour in major units and where it was found.

    A rate made by multipliers keeps them and the rate they were applied to, so that it can be computed again.
    """

    origin: str
    hourly: Decimal
    label: str = ""
    base: Decimal | None = None
    multipliers: tuple[Decimal, ...] = ()

    def __post_init__(self) -> None:
        _one_of("The origin of a rate", self.origin, ORIGINS)
        _not_negative("An hourly rate", self.hourly)


@dataclass(frozen=True, slots=True)
class CardRate:
    """A row of a rate card, both days inclusive: a fixed rate, or a multiplier of the rate found below it.

    An empty work type or time of day fits every one.
    """

    reference: str
    valid_from: date
    valid_to: date | None = None
    work_type: str = ""
    time_of_day: str = ""
    hourly_rate: Decimal | None = None
    multiplier: Decimal | None = None

    def __post_init__(self) -> None:
        if (self.hourly_rate is None) == (self.multiplier is None):
            raise ValueError(f"Rate {self.reference} needs an hourly rate or a multiplier, one of them.")
        if self.time_of_day:
            _one_of("The time of day", self.time_of_day, TIMES_OF_DAY)
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"Rate {self.reference} ends before it starts.")
        _not_negative("An hourly rate", self.hourly_rate)
        _not_negative("A multiplier", self.multiplier)


@dataclass(frozen=True, slots=True)
class FairUse:
    """Limits of an unlimited plan per month: above soft it is reviewed, above hard the excess is billed."""

    soft_tickets: int | None = None
    hard_tickets: int | None = None
    soft_seconds: int | None = None
    hard_seconds: int | None = None


def no_holidays(_day: date) -> bool:
    """The calendar without holidays."""
    return False


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms for one ticket under one contract, or under none.

    `ladder` holds the rates below the rate card, the first of them wins. An allowance of None is none agreed, so
    that all is billable; 0 is an allowance of nothing. Times are seconds, prices major units of the currency.
    """

    currency: str
    timezone: str
    _: KW_ONLY
    contract: int | None = None
    contract_reference: str = ""
    strategy: str | None = None
    default_strategy: str = "time_based"
    forced_strategy: str | None = None
    allow_mixed: bool = True
    rounding: Rounding = Rounding()
    override_rate: Decimal | None = None
    card: tuple[CardRate, ...] = ()
    ladder: tuple[Rate, ...] = ()
    business_hours: BusinessHours = BusinessHours.WORKING_WEEK
    holidays: Callable[[date], bool] = no_holidays
    included_tickets: Allowance = None
    included_seconds: Allowance = None
    fair_use: FairUse | None = None
    late_work: str = "supplement"
    language: Language = "en"  # that of the document, for what its lines say
    require_time_entries: bool = True

    def __post_init__(self) -> None:
        _one_of("What becomes of late work:", self.late_work, LATE_WORK)
        for what, allowance in (("tickets", self.included_tickets), ("seconds", self.included_seconds)):
            if allowance is not None and allowance != UNLIMITED:
                _not_negative(f"The number of included {what}", allowance)
