"""The overrides as the command line names them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import CommandError

from tickets.overruling import SWITCHES, Override, with_rate, with_strategy


def asked(options: dict[str, Any]) -> Override:
    """The override among the options of the command; argparse lets one through. Raises CommandError."""
    if options["strategy"] is not None:
        return _strategy(options["strategy"])
    if options["rate"] is not None:
        return _rate(options["rate"])
    return next(override for override in SWITCHES if options[override.name])


def _strategy(name: str) -> Override:
    try:
        return with_strategy(name)
    except ValueError as problem:
        raise CommandError(f"--strategy: {problem}") from problem


def _rate(text: str) -> Override:
    try:
        return with_rate(Decimal(text) if text else None)
    except InvalidOperation:
        raise CommandError(f"--rate {text} is not a price such as 95.00") from None
    except ValueError as problem:
        raise CommandError(f"--rate: {problem}") from problem
