"""Stop automation, let it go on, or say how it stands."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

import config
from invoicing.management import edges
from invoicing.models import KillSwitch
from invoicing.switches import resume_automation, stop_automation

LONGEST_REASON = 300


class Command(edges.EdgeCommand):
    help = (
        "The kill switch: stop keeps everything from being billed by itself within seconds, resume goes on with all "
        "that is pending. Billing by hand stays possible."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=("stop", "resume", "status"))
        parser.add_argument("--reason", default="", help="why; needed to stop and to resume")
        edges.add_run_options(parser)

    def handle(
        self, *, action: str, reason: str, dry_run: bool, at: str | None, by: str | None, **options: Any
    ) -> None:
        """Exit 0; 1 where a reason is missing."""
        moment, actor = edges.moment(at), edges.person(by)
        if action != "status":
            if not 0 < len(reason.strip()) <= LONGEST_REASON:
                raise CommandError(f"--reason says why automation is switched, in 1 to {LONGEST_REASON} characters")
            if not dry_run:
                switch = stop_automation if action == "stop" else resume_automation
                switch(reason=reason.strip(), by=actor, at=moment)
        self._tell(as_json=options["format"] == "json")
        self.tell_dry_run(dry_run)

    def _tell(self, *, as_json: bool) -> None:
        switch = KillSwitch.objects.first()
        state = "stopped" if switch and switch.on else "running"
        changed = switch.changed_at.astimezone(config.billing().zone).isoformat() if switch else None
        by, reason = (switch.changed_by, switch.reason) if switch else ("", "")
        enabled = config.billing().ticket_billing_enabled
        if as_json:
            found = {"automation": state, "billing_enabled": enabled, "changed_at": changed, "by": by, "reason": reason}
            self.stdout.write(json.dumps(found))
            return
        self.stdout.write(f"automation is {state}" + (f" since {changed}, by {by}: {reason}" if switch else ""))
        if not enabled:
            self.stdout.write("ticket billing is switched off as a whole (TICKET_BILLING_ENABLED)")
