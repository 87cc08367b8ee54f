"""The rules of Prometheus, made from the conditions: `manage.py check_alerts --rules` prints them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from office.alerts.conditions import CONDITIONS, CRITICAL, Condition

FILE: Final = Path(__file__).parents[2] / "docker" / "prometheus-alerts.yml"
GUIDE: Final = "docs/operations.md"
# What only somebody outside can see.
BEYOND: Final = (
    ("DatabaseDown", "billing_database_up < 1", 2, "The database does not answer.", "database-down"),
    ("NotScraped", "absent(billing_database_up)", 5, "Nobody answers to /metrics.", "not-scraped"),
)


def text() -> str:
    """The whole file."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Printed by manage.py check_alerts --rules. Conditions and limits are in office/alerts/conditions.py."
    yield "groups:"
    yield "  - name: ticket-billing"
    yield "    rules:"
    for title, wrong, minutes, sentence, anchor in BEYOND:
        yield from _rule(title, wrong, minutes=minutes, severity=CRITICAL, sentence=sentence, anchor=anchor)

    def expression(one: Condition) -> str:
        chosen = f'{{{one.gauge.label}="{one.only}"}}' if one.only else ""
        return f"{one.gauge.name}{chosen} {'<' if one.below else '>'} {one.limit}"

    for one in CONDITIONS:
        title = "".join(part.capitalize() for part in one.name.split("_"))
        yield from _rule(
            title, expression(one), minutes=one.minutes, severity=one.severity, sentence=str(one.sentence),
            anchor=one.anchor,
        )  # fmt: skip


def _rule(title: str, expression: str, *, minutes: int, severity: str, sentence: str, anchor: str) -> Iterator[str]:
    yield f"      - alert: Billing{title}"
    yield f"        expr: {json.dumps(expression)}"
    yield f"        for: {minutes}m"
    yield f"        labels: {{severity: {severity}}}"
    yield "        annotations:"
    figure = "{{ $value | humanizeDuration }}" if "_seconds" in expression else "{{ $value }}"
    yield f"          summary: {json.dumps(f'{sentence} {{{{ $labels }}}}: {figure}')}"
    yield f"          runbook_url: {json.dumps(f'{GUIDE}#{anchor}')}"
