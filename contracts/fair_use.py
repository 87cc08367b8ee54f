"""How much of an unlimited plan is fair: the contract's own limits, else the settings' (T-13)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from rating.hours import HOUR
from rating.terms import FairUse

if TYPE_CHECKING:
    from collections.abc import Mapping

_TICKETS: Final = ("soft_tickets", "hard_tickets")
_HOURS: Final = {"soft_hours": "soft_seconds", "hard_hours": "hard_seconds"}


def limits_of(own: Mapping[str, Any] | None, usual: FairUse) -> FairUse:
    """The limits per month. `own` are a contract's, hours as decimal strings; what it leaves open is as `usual`.

    Raises ValueError, with a sentence, for limits that cannot be read.
    """
    if not own:
        return usual
    if not isinstance(own, dict) or not own.keys() <= {*_TICKETS, *_HOURS}:
        raise ValueError(f"fair use is an object with {', '.join((*_TICKETS, *_HOURS))}")
    limits = {name: getattr(usual, name) for name in (*_TICKETS, *_HOURS.values())}
    limits |= {name: _tickets(name, own[name]) for name in _TICKETS if name in own}
    limits |= {to: _seconds(name, own[name]) for name, to in _HOURS.items() if name in own}
    return FairUse(**limits)


def _tickets(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} must be a whole number, zero or more, not {value!r}")
    return value


def _seconds(name: str, value: object) -> int:
    """Whole seconds; a limit is exceeded by whole seconds, so a rest of one is of no consequence."""
    try:
        hours = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        hours = None
    if hours is None or not hours.is_finite() or hours < 0:
        raise ValueError(f'{name} must be hours in quotes such as "200", not {value!r}')
    return int(hours * HOUR)
