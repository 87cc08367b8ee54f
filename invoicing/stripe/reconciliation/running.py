"""The reconciliation, from missed events to what remains for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import structlog

from invoicing import audit
from invoicing.locks import AlreadyRunning, only_one
from invoicing.models import Heartbeat
from invoicing.stripe.client.calling import is_set_up
from invoicing.stripe.problems import NotSetUp
from invoicing.stripe.reconciliation.difference import Difference
from invoicing.stripe.reconciliation.documents import Run, differing_documents
from invoicing.stripe.reconciliation.events import MARK, missed_events
from invoicing.stripe.reconciliation.refunds import failed_refunds

log = structlog.get_logger("billing.stripe")


def reconcile(*, by: str, at: datetime, dry_run: bool = False) -> Iterator[Difference]:
    """Compare, and repair what is safe; each difference with what became of it. A dry run only compares.

    The next run begins with the events since the last one that was consumed to its end. Raises AlreadyRunning,
    NotSetUp and StripeProblem: then what was repaired before stays so, and the next run does the rest.
    """
    if not is_set_up():
        raise NotSetUp
    outcomes = Counter[str]()
    with only_one(MARK) as alone:
        if not alone:
            raise AlreadyRunning("the comparison with Stripe is running already")
        for one in _all(Run(at, by, dry_run)):
            outcomes[one.outcome] += 1
            yield one
        if not dry_run:
            audit.record("stripe.reconciled", None, by=by, at=at, data=dict(outcomes))
            Heartbeat.objects.update_or_create(pk=MARK, defaults={"at": at})
    log.info("compared with stripe", dry_run=dry_run, **outcomes)


def _all(run: Run) -> Iterator[Difference]:
    yield from missed_events(at=run.at, dry_run=run.dry_run)
    yield from differing_documents(run)
    yield from failed_refunds(at=run.at, dry_run=run.dry_run)
