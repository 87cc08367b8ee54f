"""Remind of open documents."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from invoicing.display import money
from invoicing.mail.reminders import Reminder, plan_reminders, queue_reminders
from invoicing.management import acting, edges
from invoicing.management.listing import JsonListing
from invoicing.switches import AutomationOff


class Command(edges.EdgeCommand):
    help = "Put the reminders that are due today into the outbox, as BILLING_REMINDER_DAYS has it; none twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        edges.add_run_options(parser)

    def handle(self, *, dry_run: bool, at: str | None, by: str | None, **options: Any) -> None:
        """Exit 0, also where nothing is due; 1 where reminding is switched off."""
        moment, person = edges.moment(at), acting.actor(by, "invoicing.send_invoice")
        listing = JsonListing(self.stdout, {"at": moment.isoformat(), "dry_run": dry_run}, "reminders")
        count = 0
        with acting.refusals(AutomationOff):
            for page in plan_reminders(at=moment) if dry_run else queue_reminders(at=moment, by=person.name):
                count += len(page)
                if options["format"] == "json":
                    listing.add(map(_as_dict, page))
                    continue
                for one in page:
                    self.stdout.write(_line(one))
        if options["format"] == "json":
            listing.end({"summary": {"reminders": count}})
        else:
            self.stdout.write(f"{count} reminder{'' if count == 1 else 's'}")
        self.tell_dry_run(dry_run)


def _as_dict(reminder: Reminder) -> dict[str, object]:
    """A reminder as scripts read it; `step` in days from the due date."""
    document = reminder.document
    return {
        "invoice": document.external_id, "number": document.number, "client": document.client.external_id,
        "step": reminder.step, "stage": reminder.stage, "due_date": str(document.due_on),
        "open_cents": document.open_cents, "currency": document.currency,
    }  # fmt: skip


def _line(reminder: Reminder) -> str:
    document = reminder.document
    owed = money(document.open_cents, document.currency)
    return f"{document}  {document.client.external_id:16}  {reminder.step:+} days ({reminder.stage}): {owed}"
