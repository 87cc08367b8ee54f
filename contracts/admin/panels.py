"""What stands beside the terms of a contract; apps above this one add theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from contracts.models import Contract


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page. `show` answers what its template reads as `panel`; nothing: it is left out.

    `blank` answers the same for the page of a contract that is not there yet; without it, that page has no such part.
    """

    template: str
    show: Callable[[Contract, HttpRequest, datetime], Mapping[str, Any] | None]
    blank: Callable[[HttpRequest, datetime], Mapping[str, Any] | None] | None = None


PANELS: list[Panel] = []


def shown_panels(contract: Contract | None, request: HttpRequest, *, at: datetime) -> list[dict[str, Any]]:
    """The panels of a contract as stored, or of a new one: template and context of each."""
    shown = ((panel.template, _context(panel, contract, request, at)) for panel in PANELS)
    return [{"template": template, "context": context} for template, context in shown if context is not None]


def _context(panel: Panel, contract: Contract | None, request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    if contract is not None:
        return panel.show(contract, request, at)
    return panel.blank(request, at) if panel.blank is not None else None
