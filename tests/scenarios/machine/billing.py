"""How the house bills by itself, and what is checked each time it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from invoicing.switches import AutomationOff, automation_is_stopped
from tests.scenarios.machine.promises import reading_only
from tests.scenarios.machine.world import STEP, World, refused
from tickets import automation, billing
from tickets.balances import Balances
from tickets.models import Ticket
from tickets.plan import CHARGE, COVERED, HELD_BY_PERSON, LATE_WORK_ABSORBED
from tickets.run import FAILED

Results = list[tuple[Any, ...]]
AT_ONCE = timedelta(seconds=1)
SETTLING = (CHARGE, COVERED)


def told(results: Iterable[Any]) -> Results:
    """What plans, and results of applying them, say alike."""
    return [(one.outcome, one.reason, one.strategy, one.charges) for one in results]


class BillingWorld(World):
    """The house, with automation."""

    def bill_due(
        self, run: Callable[..., Any] = automation.sweep, *, times: int = 1, at: datetime | None = None
    ) -> None:
        """Bill what is due as it was planned, and again `times` times: then there is nothing to do."""
        at = at or self.later(2 * STEP)
        if automation_is_stopped():
            with refused(True, AutomationOff):
                list(run(at=at))
            return
        with reading_only():
            planned = _of_tickets(automation.preview(at=at, look_again=run is not automation.sweep))
        done = _of_tickets(run(at=at))
        assert done == planned
        assert not [result for result in done if result[1] == FAILED]
        for _ in range(times):
            assert _of_tickets(run(at=self.later(AT_ONCE))) == []
        self._nothing_is_forgotten()

    def _nothing_is_forgotten(self) -> None:
        """Nothing is due any more, and nothing was set aside, and left there, that could be billed by itself now."""
        assert not automation.due(self.now).exists()
        aside = Ticket.objects.filter(billing_status__in=["held", "skipped"]).exclude(billing_reason=HELD_BY_PERSON)
        stored = {one.external_id: one.billing_reason for one in aside}
        with reading_only():
            plans = billing.plan_tickets([one.pk for one in aside], at=self.now, balances=Balances()).results
        held = {one.external_id for one in aside if one.billing_status == "held"}
        lifted = [one for one in plans if one.outcome == CHARGE or one.reason == LATE_WORK_ABSORBED]
        lifted += [one for one in plans if one.outcome == COVERED and one.ticket in held and one not in lifted]
        assert [(one.ticket, stored[one.ticket], one.outcome) for one in lifted] == []


def _of_tickets(pages: Iterable[Any]) -> Results:
    results = [result for page in pages for result in page.results]
    return [(one.ticket, *line) for one, line in zip(results, told(results), strict=True)]
