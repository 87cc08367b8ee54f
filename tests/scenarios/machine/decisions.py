"""What people decide about a ticket's billing, and about time: each is allowed or refused, never half done."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from invoicing.transitions import InvalidTransition, sources_of
from tests.scenarios.machine.billing import told
from tests.scenarios.machine.choices import ENTRY
from tests.scenarios.machine.promises import reading_only
from tests.scenarios.machine.world import TICKETS, World, refused
from tickets import approval, foreseen, overrides
from tickets.approval import Approver, OwnWork
from tickets.models import TimeEntry
from tickets.plan import HELD_BY_PERSON

WHY = "a person says so"


class Decisions(World):
    """Overrides and approvals."""

    @rule(ticket=TICKETS, how=st.sampled_from(["hold", "waive", "release", "release"]))
    def set_aside(self, ticket: int, how: str) -> None:
        found, by_person = self.found(ticket), self._by_person()
        is_open = found.billing_status in overrides.OPEN
        if how == "hold":
            with refused(not is_open or found.billing_reason == HELD_BY_PERSON, InvalidTransition):
                overrides.hold_ticket(ticket, **by_person)
        elif how == "waive":
            with refused(not is_open, InvalidTransition):
                overrides.waive_ticket(ticket, **by_person)
        else:
            with refused(found.billing_status not in ("held", "skipped", "waived"), InvalidTransition):
                overrides.release_ticket(ticket, **by_person)

    @rule(ticket=TICKETS)
    def force(self, ticket: int) -> None:
        how = self._by_person()
        with reading_only():
            plan = foreseen.foresee_force(ticket, at=how["at"])
        assert told([overrides.force_ticket(ticket, **how)]) == told([plan])

    @rule(ticket=TICKETS, to=st.sampled_from(["time_based", "per_ticket", "mixed", "", Decimal(150), Decimal(0), None]))
    def override(self, ticket: int, to: str | Decimal | None) -> None:
        """The strategy, where it is a word, or the rate."""
        if isinstance(to, str):
            overrides.choose_strategy(ticket, to, **self._by_person())
        else:
            overrides.set_rate(ticket, to, **self._by_person())

    @rule(ticket=TICKETS, by=st.sampled_from(["paul", "kim"]))
    def approve_ticket(self, ticket: int, by: str) -> None:
        """What approving would bill is what approving bills; who logged the time approves nothing."""
        approver, at = Approver(by), self.later()
        try:
            with reading_only():
                plan = approval.plan_approval(ticket, approver, at=at)
        except (InvalidTransition, OwnWork):
            with refused(True, InvalidTransition, OwnWork):
                approval.approve_ticket(ticket, approver=approver, at=at)
        else:
            assert told([approval.approve_ticket(ticket, approver=approver, at=at)]) == told([plan])

    @rule(which=ENTRY, by=st.sampled_from(["paul", "petra"]), to=st.sampled_from(["approved", "rejected"]))
    def decide_about_time(self, which: int, by: str, to: str) -> None:
        """Somebody else than who logged it, and as long as nothing settles it."""
        entry, at = self.entry(which), self.later()
        if entry is None:
            return
        possible = entry.status in sources_of(TimeEntry, to) and not self.has_claim("time_entry", entry.pk)
        with refused(entry.technician == by or not possible, InvalidTransition, OwnWork):
            if to == "approved":
                approval.approve_entry(entry.pk, by=by, technician=None, at=at)
            else:
                approval.reject_entry(entry.pk, by=by, technician=None, at=at, reason=WHY)

    def _by_person(self) -> dict[str, Any]:
        return {"reason": WHY, "by": "petra", "at": self.later()}
