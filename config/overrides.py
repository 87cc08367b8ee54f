"""Settings that an administrator changes while the product runs: stored values over those of the environment."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import structlog

from config.checks import contradictions
from config.declaration import Setting, declared, value_of
from config.plan import BillingSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

log = structlog.get_logger("billing.settings")

# What may be stored, by subject: no secrets, nothing about the seller or the books, and not the master switch.
SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "When": ("AUTO_BILL_ON_CLOSE", "AUTO_BILL_ON_RESOLVE", "BILLING_DELAY_MINUTES"),
        "How far": (
            "BILLING_ENROLMENT_DEFAULT", "BILLING_INVOICE_STATUS", "BILLING_AUTO_SEND_INVOICE",
            "BILLING_GROUP_BY_CLIENT", "GATEWAY_MONTH_ACTION",
        ),
        "Price": (
            "BILLING_STRATEGY_DEFAULT", "BILLING_ALLOW_MIXED", "BILLING_DEFAULT_HOURLY_RATE", "BILLING_MIN_HOURS",
            "BILLING_ROUND_MINUTES", "BILLING_ROUNDING_LEVEL", "BILLING_ROUNDING_DIRECTION", "BILLING_BELOW_MINIMUM",
        ),
        "What a person must see": (
            "BILLING_APPROVAL_THRESHOLD", "BILLING_REQUIRE_ENTRY_APPROVAL", "REQUIRE_TIME_ENTRIES",
            "BILLING_NON_BILLABLE_TYPES",
        ),
        "Payment": ("BILLING_DUE_DAYS", "BILLING_PARTNER_DUE_DAYS", "BILLING_REMINDER_DAYS"),
    }
)  # fmt: skip
NAMES: Final = frozenset(name for names in SUBJECTS.values() for name in names)
DECLARED: Final[Mapping[str, tuple[str, Setting]]] = MappingProxyType(
    {spec.name: (path, spec) for path, spec in declared(BillingSettings) if spec.name in NAMES}
)

# Seconds for which a process trusts what it read: a change counts everywhere well within ten.
EVERY = 3.0


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored value as it would be typed in the environment, and who stored it, when and why."""

    value: str
    changed_at: datetime
    changed_by: str
    reason: str


Rows = dict[str, Stored]


class StoreAway(Exception):  # noqa: N818 - a state of the database, not a fault
    """The stored values cannot be read now; those known stay in force."""


@dataclass(frozen=True, slots=True)
class Combined:
    """The settings in force, and what is stored but cannot count: its name and what is wrong with it."""

    settings: BillingSettings
    ignored: Mapping[str, str]


@dataclass(slots=True)
class _Known:
    """What this process knows of the store. One tuple is replaced at a time, so threads need no lock."""

    ask: Callable[[bool], Rows | None] | None = None
    rows: Rows = field(default_factory=dict)
    ask_at: float = -math.inf
    asked: bool = False
    away: bool = False
    heard_at: float = -math.inf
    combined: tuple[BillingSettings, Rows, Combined] | None = None

    def latest(self) -> Rows:
        """The rows, asked for again where it is time; what cannot be read now leaves those known."""
        if self.ask is None or time.monotonic() < self.ask_at:
            return self.rows
        try:
            found = self.ask(not self.asked)
        except StoreAway:
            self.ask_at, self.away = time.monotonic() + EVERY, True
            return self.rows
        self.away = False
        if found is not None:
            self._hear(found)
        return self.rows

    def _hear(self, found: Rows) -> None:
        now = time.monotonic()
        if found != self.rows:
            # What a process finds at its first look is no news.
            self.rows, self.heard_at = found, now if self.asked else self.heard_at
        self.ask_at, self.asked = now + EVERY, True


_KNOWN = _Known()


def register(ask: Callable[[bool], Rows | None]) -> None:
    """Say how stored values are read: `ask(first)` answers all rows, None where it is no moment to read.

    It raises StoreAway and nothing else. `first` says that this process has never read any.
    """
    _KNOWN.ask = ask


def forget() -> None:
    """Read the store again at the next occasion: something was stored."""
    _KNOWN.ask_at = -math.inf


def know(rows: Rows) -> None:
    """Take these rows as stored and ask nobody, until `forget`."""
    _KNOWN.rows, _KNOWN.ask_at, _KNOWN.asked, _KNOWN.heard_at = rows, math.inf, True, -math.inf


def known() -> Rows:
    """The stored rows that this process goes by, by name."""
    return _KNOWN.latest()


def changed_within(seconds: float) -> bool:
    """Whether this process heard of a change so few seconds ago that another may not have heard of it."""
    return time.monotonic() - _KNOWN.heard_at < seconds


def store_is_away() -> bool:
    """Whether the database did not answer when it was last asked."""
    return _KNOWN.away


def in_force(base: BillingSettings) -> Combined:
    """What holds: `base` (what the environment says) under the stored values."""
    rows = _KNOWN.latest()
    last = _KNOWN.combined
    if last is not None and last[0] is base and last[1] is rows:
        return last[2]
    combined = combine(base, {name: row.value for name, row in rows.items()})
    for name, problem in combined.ignored.items():
        log.error("stored setting ignored", setting=name, problem=problem)
    _KNOWN.combined = (base, rows, combined)
    return combined


def combine(base: BillingSettings, values: Mapping[str, str]) -> Combined:
    """Put values by name over `base`. One that is none, or that contradicts the others, is left out and named."""
    changes: dict[str, Any] = {}
    ignored: dict[str, str] = {}
    for name in sorted(values):
        try:
            changes[name] = parse(name, values[name])
        except ValueError as problem:
            ignored[name] = str(problem)
    wanted = _over(base, changes)
    if not _new_contradictions(base, wanted):
        return Combined(wanted, ignored)
    # One of them no longer fits, after a change of the environment: the rest still counts.
    settings = base
    for name, value in changes.items():
        tried = _over(settings, {name: value})
        if found := _new_contradictions(settings, tried):
            ignored[name] = " ".join(found)
        else:
            settings = tried
    return Combined(settings, ignored)


def parse(name: str, text: str) -> Any:
    """The value meant by a text, as the environment's is read. Raises ValueError with the whole sentence."""
    if name not in DECLARED:
        raise ValueError(f"{name} is no setting that can be stored; it belongs into the environment.")
    spec = DECLARED[name][1]
    try:
        return spec.kind.parse(text.strip())
    except ValueError as problem:
        raise ValueError(spec.complaint(text, str(problem))) from problem


def shown(settings: BillingSettings, name: str) -> str:
    """The value of a setting as a person would type it."""
    path, spec = DECLARED[name]
    return spec.shown(value_of(settings, path))


def _over(base: BillingSettings, changes: Mapping[str, Any]) -> BillingSettings:
    return replace(base, **{DECLARED[name][0]: value for name, value in changes.items()}) if changes else base


def _new_contradictions(before: BillingSettings, after: BillingSettings) -> list[str]:
    known_before = contradictions(before, production=False)
    return [problem for problem in contradictions(after, production=False) if problem not in known_before]
