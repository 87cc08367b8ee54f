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
    """A part of the page. `show` answers what its template reads as `panel`; nothing: it is left out."""

    template: str
    show: Callable[[Contract, HttpRequest, datetime], Mapping[str, Any] | None]


PANELS: list[Panel] = []


def shown_panels(contract: Contract, request: HttpRequest, *, at: datetime) -> list[dict[str, Any]]:
    """The panels of a contract as stored: template and context of each."""
    shown = ((panel.template, panel.show(contract, request, at)) for panel in PANELS)
    return [{"template": template, "context": context} for template, context in shown if context is not None]
