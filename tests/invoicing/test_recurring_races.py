"""Two runs at once bill a charge once, and a change of it never slips between plan and claim (P1, P4)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from contracts.models import Client, RecurringCharge
from invoicing import recurring
from invoicing.charges.applying import apply_plans
from invoicing.claims import DoubleBilling
from invoicing.models import Claim, Invoice, InvoiceLine
from invoicing.recurring import bill_recurring
from tests.factories import NOW, ClientChargeFactory, ContractFactory, RecurringChargeFactory
from tests.forks import together

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

BACKLOG = datetime(2026, 4, 1, tzinfo=UTC)


def charges(count):
    contract = ContractFactory.create()
    for _ in range(count):
        RecurringChargeFactory.create(contract=contract)
        ClientChargeFactory.create(client=contract.client)
    return contract


def test_P1_many_processes_bill_each_period_and_each_charge_once():
    client = charges(20).client.pk

    def by_hand():
        list(bill_recurring(at=BACKLOG, client=Client.objects.get(pk=client)))

    codes = together([by_hand] * 4)

    assert codes == [0, 0, 0, 0]
    assert InvoiceLine.objects.count() == Claim.objects.count() == 20 * 4 + 20
    assert Invoice.objects.get().subtotal_cents == 20 * (4 * 22800 + 1000)


def test_P1_a_unit_that_another_claims_between_plan_and_claim_is_seen_as_billed(owner, monkeypatch):
    charges(1)
    charge = RecurringCharge.objects.get()
    raced: list[bool] = []

    def slowly(plans, **facts):
        if not raced:
            raced.append(True)
            owner.execute(
                "INSERT INTO invoicing_claim (kind, source_id, part, outcome, reference, claimed_at, released_by,"
                " release_reason) VALUES ('recurring', %s, '2026-01-01', 'free', '', now(), '', '')",
                [charge.pk],
            )
        return apply_plans(plans, **facts)

    monkeypatch.setattr(recurring, "apply_plans", slowly)

    pages = list(bill_recurring(at=NOW))

    assert [[plan.kind for plan in page] for page in pages] == [[], ["charge"]]
    assert InvoiceLine.objects.get().kind == "charge"


def test_P1_a_unit_that_is_claimed_again_and_again_is_reported_and_the_others_are_billed(monkeypatch):
    charges(1)

    def never(plans, **facts):
        if plans[0].kind == "recurring":
            raise DoubleBilling("already billed")
        return apply_plans(plans, **facts)

    monkeypatch.setattr(recurring, "apply_plans", never)

    pages = list(bill_recurring(at=NOW))

    assert [(plan.outcome, plan.error) for page in pages for plan in page] == [
        ("failed", "DoubleBilling: already billed"), ("charge", ""),
    ]  # fmt: skip


def test_a_price_that_changes_beside_a_run_is_billed_or_refused():
    charges(1)

    def change():
        RecurringCharge.objects.update(unit_price=Decimal("20.00"))

    def run():
        list(bill_recurring(at=NOW))

    codes = together([change, run])

    price = InvoiceLine.objects.get(kind="recurring").unit_price
    stored = RecurringCharge.objects.get().unit_price
    # Either the change came first, or it was refused because the charge was billed.
    assert (codes, price, stored) in [([0, 0], Decimal(20), Decimal(20)), ([1, 0], Decimal(19), Decimal(19))]
