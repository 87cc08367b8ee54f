"""Billing: by itself and by hand, planned first, once and again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from invoicing.charges.plan import ChargePlan
from invoicing.lifecycle.automatic import issue_automatic_drafts
from invoicing.recurring import bill_recurring, plan_recurring
from invoicing.switches import AutomationOff, automation_is_stopped, resume_automation, stop_automation
from tests.scenarios.machine.billing import AT_ONCE, SETTLING, BillingWorld, told
from tests.scenarios.machine.choices import ENTRY
from tests.scenarios.machine.promises import reading_only
from tests.scenarios.machine.world import STEP, TICKETS, refused
from tickets import automation, billing
from tickets.chosen import CannotBeBilled, bill_time_entries, plan_time_entries
from tickets.overrides import bill_now
from tickets.run import FAILED


def _of_charges(pages: Iterable[list[ChargePlan]]) -> list[dict[str, Any]]:
    return [{**plan.as_dict(), "invoice": None} for page in pages for plan in page]


class Runs(BillingWorld):
    """Every run is the one that was planned, and the same run again does nothing."""

    @rule(times=st.integers(1, 2), soon=st.booleans())
    def catch_up(self, times: int, soon: bool) -> None:
        """`soon`: before the delay of what was closed just now is over."""
        self.bill_due(automation.catch_up, times=times, at=self.later(STEP if soon else 2 * STEP))

    @rule()
    def run_the_schedule(self) -> None:
        """All that the schedule does: bill, issue what is complete."""
        self.bill_due()
        if not automation_is_stopped():
            self._bill_charges(None)
            issue_automatic_drafts(at=self.later())
            assert not [plan for plan in issue_automatic_drafts(at=self.now) if plan.number]

    @rule(and_run=st.booleans())
    def let_a_month_pass(self, and_run: bool) -> None:
        self.later(timedelta(days=31))
        if and_run:
            self.run_the_schedule()

    @rule(ticket=TICKETS)
    def bill_by_hand(self, ticket: int) -> None:
        at = self.later()
        with reading_only():
            plan = billing.plan_ticket(ticket, at=at)
        result = bill_now(ticket, reason="asked", by="petra", at=at)
        assert told([result]) == told([plan])
        assert bill_now(ticket, reason="asked", by="petra", at=self.later(AT_ONCE)).outcome not in (*SETTLING, FAILED)

    @rule(which=st.lists(ENTRY, min_size=1, max_size=3))
    def bill_chosen_time(self, which: list[int]) -> None:
        """All of the chosen entries or none; never again."""
        at = self.later()
        entries = [entry.pk for entry in map(self.entry, which) if entry is not None]
        try:
            with reading_only():
                plans = plan_time_entries(entries, at=at)
        except CannotBeBilled:
            with refused(True, CannotBeBilled):
                bill_time_entries(entries, by="petra", at=at)
            return
        draft = bill_time_entries(entries, by="petra", at=at)
        assert (draft.subtotal_cents if draft else 0) == sum(plan.subtotal_cents for plan in plans)
        with refused(True, CannotBeBilled):
            bill_time_entries(entries, by="petra", at=self.later(AT_ONCE))

    @rule(client=st.sampled_from(["acme", "bolt"]))
    def bill_charges_by_hand(self, client: str) -> None:
        self._bill_charges(client)

    @rule(stop=st.sampled_from([False, False, True]))
    def turn_kill_switch(self, stop: bool) -> None:
        turn = stop_automation if stop else resume_automation
        turn(reason="trial", by="petra", at=self.later())
        assert automation_is_stopped() == stop
        if stop:
            with refused(True, AutomationOff):
                list(bill_recurring(at=self.now))

    def _bill_charges(self, client: str | None) -> None:
        """Recurring and single charges: of one client by hand, of all by itself."""
        at, owner = self.later(), self.clients[client] if client else None
        with reading_only():
            planned = _of_charges(plan_recurring(at=at, client=owner))
        assert _of_charges(bill_recurring(at=at, client=owner)) == planned
        again = _of_charges(bill_recurring(at=self.later(AT_ONCE), client=owner))
        assert {plan["outcome"] for plan in again} <= {"skip"}
