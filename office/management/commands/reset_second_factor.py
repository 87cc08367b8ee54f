"""Let a person set up a new second factor: for the administrator whose own device is gone."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from accounts import second_factor
from accounts.models import User
from invoicing.management import edges

LONGEST_REASON = 300


class Command(edges.EdgeCommand):
    help = (
        "Forget the device and the recovery codes of a person, who then sets up others at the next sign-in. In the "
        "admin administrators do so for others; this is for the last of them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("person", help="the name that the person signs in with")
        parser.add_argument("--reason", default="", help="why, for the audit trail; needed")
        edges.add_run_options(parser, formats=False)

    def handle(
        self, *, person: str, reason: str, dry_run: bool, at: str | None, by: str | None, **_options: Any
    ) -> None:
        """Exit 0; 1 where nobody has that name, or no reason is given."""
        moment, actor = edges.moment(at), edges.person(by)
        found = User.objects.filter(username=person).first()
        if found is None:
            raise CommandError(f"nobody signs in as {person}")
        if not 0 < len(reason.strip()) <= LONGEST_REASON:
            raise CommandError(f"--reason says why the second factor is reset, in 1 to {LONGEST_REASON} characters")
        if second_factor.device_of(found) is None:
            self.stdout.write(f"{person} has no second factor")
            return
        if not dry_run:
            second_factor.reset(found, by=actor, at=moment, reason=reason.strip())
            self.stdout.write(f"{person} sets up a new second factor at the next sign-in")
        self.tell_dry_run(dry_run)
