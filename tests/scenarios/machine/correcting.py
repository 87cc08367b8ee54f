"""What becomes of issued documents: paid, cancelled, credited by line or as a gift."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from invoicing.lifecycle.credit import CREDITABLE, credit_invoice, plan_credit
from invoicing.lifecycle.payments import PAYABLE, record_payment
from invoicing.lifecycle.void import VOIDABLE, plan_void, void_invoice
from invoicing.models import Claim, Invoice, InvoiceLine
from invoicing.sources import Then
from tests.scenarios.machine.billing import BillingWorld
from tests.scenarios.machine.documents import THEN, WHICH
from tests.scenarios.machine.promises import reading_only
from tests.scenarios.machine.world import World


def _there_is_an_issued_one(world: World) -> bool:
    return bool(issued())


def issued() -> list[Invoice]:
    """Documents that ask for money, or did."""
    return list(Invoice.objects.filter(kind="invoice", number__isnull=False).order_by("pk"))


class Correcting(BillingWorld):
    """Documents that were issued."""

    @precondition(_there_is_an_issued_one)
    @rule(which=WHICH, then=THEN, and_run=st.booleans())
    def void(self, which: int, then: Then, and_run: bool) -> None:
        first = self._one(which)
        if first.status not in VOIDABLE or first.paid_cents or self._credited(first):
            return
        how = self._by_person()
        with reading_only():
            planned = plan_void(first)
        done = void_invoice(first.pk, then=then, **how)
        assert (done.sums, done.releases) == (planned.sums, planned.releases)
        assert not Claim.objects.filter(line__invoice=first, released_at__isnull=True).exists()
        first.refresh_from_db()
        assert (first.status, first.open_cents) == ("void", 0)
        if and_run:
            self.bill_due()

    @precondition(_there_is_an_issued_one)
    @rule(which=WHICH, line=WHICH, goodwill=st.booleans(), then=THEN, and_run=st.booleans())
    def credit(self, which: int, line: int, goodwill: bool, then: Then, and_run: bool) -> None:
        first = self._one(which)
        left = sorted(set(first.lines.values_list("position", flat=True)) - self._credited(first))
        if first.status not in CREDITABLE or not left:
            return
        chosen = [left[line % len(left)]] if line else []
        with reading_only():
            planned = plan_credit(first, chosen, goodwill=goodwill)
        done = credit_invoice(first.pk, chosen, then=then, goodwill=goodwill, **self._by_person())
        assert (done.sums, done.releases) == (planned.sums, planned.releases)
        if not chosen:
            self._is_credited_whole(first)
        if and_run:
            self.bill_due()

    @precondition(_there_is_an_issued_one)
    @rule(which=WHICH, cents=st.integers(1, 30000))
    def pay(self, which: int, cents: int) -> None:
        document = self._one(which)
        if document.status not in PAYABLE:
            return
        at = self.later()
        record_payment(document.pk, cents, received_on=at.date(), reference=f"{at:%H%M%S}", by="petra", at=at)
        after = self._one(which)
        assert after.paid_cents == document.paid_cents + cents
        assert after.status == "paid" or after.open_cents > 0

    def _credited(self, first: Invoice) -> set[int]:
        """The positions of its lines that were credited, for nothing as well."""
        taken = InvoiceLine.objects.filter(corrects__invoice=first)
        return set(taken.values_list("corrects__position", flat=True))

    def _one(self, which: int) -> Invoice:
        documents = issued()
        return documents[which % len(documents)]

    def _is_credited_whole(self, first: Invoice) -> None:
        first.refresh_from_db()
        assert first.credited_cents == first.total_cents

    def _by_person(self) -> dict[str, Any]:
        return {"reason": "not agreed", "by": "petra", "at": self.later()}
