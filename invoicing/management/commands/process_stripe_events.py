"""Try again what Stripe told us and what is not processed yet."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.core.management.base import CommandError

from invoicing.display import table
from invoicing.management import acting, edges
from invoicing.models import StripeEvent
from invoicing.stripe.problems import StripeProblem
from invoicing.stripe.processing import plan_event, process_event, replay_event
from invoicing.stripe.shapes import Misshapen

PAGE = 500


class Told(NamedTuple):
    """What became, or would become, of one event."""

    event: StripeEvent
    outcome: str
    error: str = ""


class Command(edges.EdgeCommand):
    help = "Process the events of Stripe that wait, whenever they are due; --event also tries a parked one again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--event", metavar="ID", help="this event alone (evt_…), also where it is parked")
        acting.add_reason(parser, needed=False)
        edges.add_run_options(parser)

    def handle(
        self,
        *,
        event: str | None,
        reason: str,
        dry_run: bool,
        at: str | None,
        by: str | None,
        **options: Any,
    ) -> None:
        """Exit 0; 1 where an event failed or is parked, or the id names none."""
        moment = edges.moment(at)
        person = acting.actor(by, "invoicing.replay_stripeevent")
        if event is None:
            told = list(_waiting(moment, dry_run=dry_run))
        else:
            chosen = _named(event)
            if not dry_run:
                why = acting.reason_of(reason)
                with acting.refusals():
                    replay_event(chosen.pk, reason=why, by=person.name, at=moment)
            told = [_dealt_with(chosen, moment, dry_run=dry_run)]
        self._tell(told, moment, dry_run=dry_run, as_json=options["format"] == "json")
        if any(one.error for one in told):
            raise CommandError("some events could not be processed; they are tried again")

    def _tell(self, told: list[Told], at: datetime, *, dry_run: bool, as_json: bool) -> None:
        counts = Counter(one.outcome for one in told)
        if as_json:
            rows = [
                {
                    "event": one.event.event_id, "type": one.event.event_type, "status": one.event.status,
                    "outcome": one.outcome, "error": one.error,
                }
                for one in told
            ]  # fmt: skip
            self.stdout.write(
                json.dumps({"at": at.isoformat(), "dry_run": dry_run, "events": rows, "summary": dict(counts)})
            )
            return
        rows_of_text = [[one.event.event_id, one.event.event_type, one.outcome, one.error] for one in told]
        for line in table(rows_of_text) if rows_of_text else ["no event waits"]:
            self.stdout.write(line)
        self.tell_dry_run(dry_run)


def _waiting(at: datetime, *, dry_run: bool) -> Iterator[Told]:
    """All that wait when the run begins, in the order of their arrival; what fails is not tried twice."""
    last = 0
    pending = StripeEvent.objects.filter(status=StripeEvent.Status.PENDING).order_by("pk")
    while page := list(pending.filter(pk__gt=last)[:PAGE]):
        last = page[-1].pk
        for event in page:
            yield _dealt_with(event, at, dry_run=dry_run)


def _dealt_with(event: StripeEvent, at: datetime, *, dry_run: bool) -> Told:
    if not dry_run:
        after = process_event(event.pk, at=at)
        failed = after.status == StripeEvent.Status.PARKED or after.outcome == "failed"
        return Told(after, after.outcome, after.last_error if failed else "")
    if event.status in (StripeEvent.Status.PROCESSED, StripeEvent.Status.IGNORED):
        return Told(event, event.outcome, f"it is {event.status} and is not processed again")
    try:
        return Told(event, plan_event(event).said)
    except (StripeProblem, Misshapen) as problem:
        return Told(event, "would fail", str(problem))


def _named(event_id: str) -> StripeEvent:
    try:
        return StripeEvent.objects.get(event_id=event_id)
    except StripeEvent.DoesNotExist:
        raise CommandError(f"there is no event {event_id!r}") from None
