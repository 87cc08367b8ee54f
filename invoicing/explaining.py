"""Why a line costs what it costs, for the pages of the admin: in the words of `rating.wording`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

import structlog

from accounts.language import active
from rating import numerals
from rating.wording import sentences

Stored: TypeAlias = Mapping[str, Any]

log = structlog.get_logger("billing.invoices")


def in_words(explanation: Stored) -> tuple[str, ...]:
    """The explanation of a line, planned or stored, as sentences. One that cannot be told is shown as it is kept."""
    try:
        currency, cents = explanation["inputs"]["currency"], explanation["steps"][-1]["amount_cents"]
        return tuple(sentences(explanation, language=active(), currency=currency, amount_cents=cents))
    except (ValueError, LookupError, TypeError) as problem:
        log.warning("explanation cannot be told", rule=explanation.get("rule"), problem=str(problem))
        return _as_kept(explanation)


def price(amount: Decimal, currency: str) -> str:
    """A unit price in major units, with all the places it needs and at least those of the currency."""
    return numerals.price(amount, currency, active())


def _as_kept(kept: Stored) -> tuple[str, ...]:
    steps = {f"step {place}": step for place, step in enumerate(kept.get("steps") or (), 1)}
    named = {**(kept.get("inputs") or {}), **steps}
    return (f"rule: {kept.get('rule', '')}", *(f"{name}: {value}" for name, value in named.items()))
