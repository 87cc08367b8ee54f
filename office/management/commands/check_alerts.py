"""Say what is wrong with the installation: `manage.py check_alerts [--mail [--dry-run] | --rules]`."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from invoicing.management.edges import EdgeCommand, moment
from office.alerts.conditions import Alert, current_alerts
from office.alerts.mailing import plan_mails, queue_mails
from office.alerts.rules import text


class Command(EdgeCommand):
    help = "Say what is wrong now. Ends with 1 where anything is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mail", action="store_true", help="tell ALERT_EMAIL what is new, and what is over")
        parser.add_argument("--dry-run", action="store_true", help="with --mail: say what would be told")
        parser.add_argument("--rules", action="store_true", help="print the rules of Prometheus instead")
        parser.add_argument("--at", help="the moment, with an offset; default: now")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")

    def handle(self, *, mail: bool, dry_run: bool, rules: bool, at: str | None, format: str, **_options: Any) -> None:  # noqa: A002
        if rules:
            self.stdout.write(text(), ending="")
            return
        now = moment(at)
        alerts = current_alerts(at=now)
        told = len(plan_mails(alerts, at=now)) if mail and dry_run else queue_mails(alerts, at=now) if mail else 0
        self.stdout.write(_as_json(alerts) if format == "json" else _as_text(alerts))
        if mail:
            self.stderr.write(f"{told} mails {'would be ' if dry_run else ''}queued")
        if alerts:
            sys.exit(1)


def _as_json(alerts: list[Alert]) -> str:
    listed = [
        {"name": one.name, "severity": one.condition.severity, "sentence": one.sentence, "values": one.values}
        for one in alerts
    ]
    return json.dumps(listed, indent=2)


def _as_text(alerts: list[Alert]) -> str:
    return "\n".join(f"{one.condition.severity}: {one.name}: {one.sentence}" for one in alerts) or "all is well"
