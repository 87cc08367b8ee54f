"""What becomes of documents: issued, given up, lines taken off."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from invoicing.lifecycle.issue import issue_invoices, plan_issues
from invoicing.lifecycle.withdraw import discard_draft, withdraw_lines
from invoicing.models import Claim, Invoice
from invoicing.sources import Then
from tests.scenarios.machine.billing import BillingWorld
from tests.scenarios.machine.promises import reading_only
from tests.scenarios.machine.world import World

THEN: st.SearchStrategy[Then] = st.sampled_from(["bill", "bill", "bill", "hold", "waive"])
# Which of the drafts, or of a draft's lines: counted round.
WHICH = st.integers(0, 5)


def _there_is_a_draft(world: World) -> bool:
    return Invoice.objects.filter(status="draft").exists()


class Documents(BillingWorld):
    """Drafts and what was issued."""

    @precondition(_there_is_a_draft)
    @rule(which=WHICH, every=st.booleans())
    def issue(self, which: int, every: bool) -> None:
        drafts = [draft.pk for draft in self.drafts()]
        wanted, at = drafts if every else [drafts[which % len(drafts)]], self.later()
        with reading_only():
            planned = [(plan.outcome, plan.problems, plan.sums) for plan in plan_issues(wanted, at=at)]
        done = [(plan.outcome, plan.problems, plan.sums) for plan in issue_invoices(wanted, at=at, by="petra")]
        assert done == planned

    @precondition(_there_is_a_draft)
    @rule(which=WHICH, then=THEN, and_run=st.booleans())
    def discard(self, which: int, then: Then, and_run: bool) -> None:
        drafts = self.drafts()
        draft = discard_draft(drafts[which % len(drafts)].pk, then=then, **self._by_person())
        assert draft.status == "discarded"
        if and_run:
            self.bill_due()

    @precondition(_there_is_a_draft)
    @rule(which=WHICH, line=WHICH, then=THEN, and_run=st.booleans())
    def take_a_line_off(self, which: int, line: int, then: Then, and_run: bool) -> None:
        drafts = self.drafts()
        draft = drafts[which % len(drafts)]
        lines = list(draft.lines.order_by("position").values_list("pk", flat=True))
        if lines:
            taken = lines[line % len(lines)]
            withdraw_lines(draft.pk, [taken], then=then, **self._by_person())
            assert not Claim.objects.filter(line=taken, released_at__isnull=True).exists()
        if and_run:
            self.bill_due()

    def _by_person(self) -> dict[str, Any]:
        return {"reason": "not agreed", "by": "petra", "at": self.later()}
