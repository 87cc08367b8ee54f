"""What was billed of a charge stays as it was billed, whoever tries to change it (T-26, P1)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from contracts.models import ClientCharge, Contract, RecurringCharge
from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Claim, Invoice
from invoicing.recurring import bill_recurring
from tests.factories import NOW, ClientChargeFactory, ContractFactory, RecurringChargeFactory

pytestmark = pytest.mark.django_db

FEBRUARY = datetime(2026, 2, 1, 3, 10, tzinfo=UTC)


@pytest.fixture
def contract():
    return ContractFactory.create(external_id="c1")


def billed(at=FEBRUARY, **facts):
    """A charge "m1" of which January and February are billed."""
    charge = RecurringChargeFactory.create(external_id="m1", **facts)
    list(bill_recurring(at=at))
    return RecurringCharge.objects.filter(pk=charge.pk)


def refused(write, sentence):
    with pytest.raises(DatabaseError, match=sentence), transaction.atomic():
        write()


@pytest.mark.parametrize(
    "change",
    [
        {"external_id": "m2"}, {"description": "Seat"}, {"quantity": 13}, {"unit_price": Decimal("20.00")},
        {"valid_from": date(2025, 12, 1)}, {"interval": "yearly"}, {"timing": "arrears"}, {"prorate": True},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_T_26_what_a_billed_recurring_charge_costs_does_not_change(contract, change):
    charge = billed(contract=contract)

    refused(
        lambda: charge.update(**change),
        "recurring charge m1 is billed on draft .* for 2026-02-01 and cannot be changed: end it",
    )


def test_T_26_a_billed_recurring_charge_does_not_move_to_another_contract(contract):
    charge = billed(contract=contract)

    refused(lambda: charge.update(contract=ContractFactory.create()), "cannot be changed")


def test_T_26_a_billed_recurring_charge_is_not_deleted_and_its_document_is_named(contract):
    charge = billed(contract=contract, at=NOW)
    (issued,) = issue_invoices([Invoice.objects.get().pk], at=NOW, by="petra")

    refused(
        charge.delete, rf"m1 is billed on {issued.number} for 2026-01-01 and cannot be deleted: end it \(valid_to\)"
    )


def test_T_26_a_billed_recurring_charge_can_be_ended_and_opened_again(contract):
    charge = billed(contract=contract)

    charge.update(valid_to=date(2026, 2, 1))
    charge.update(valid_to=None)

    assert charge.get().valid_to is None


def test_T_26_a_recurring_charge_does_not_end_before_a_period_that_was_billed(contract):
    charge = billed(contract=contract)

    refused(
        lambda: charge.update(valid_to=date(2026, 1, 31)),
        "m1 cannot end then: it is billed on draft .* for 2026-02-01",
    )


@pytest.mark.parametrize(
    ("prorated_to", "becomes", "is_refused"),
    [
        (None, date(2026, 2, 28), False),
        (None, date(2026, 2, 27), True),
        (date(2026, 2, 10), date(2026, 2, 11), True),
        (date(2026, 2, 10), date(2026, 2, 9), True),
        (date(2026, 2, 10), None, True),
        (date(2026, 2, 28), date(2026, 3, 1), False),
        (date(2026, 2, 28), None, False),
    ],
)
def test_T_26_the_end_of_a_prorated_charge_does_not_move_within_a_billed_period(
    contract, prorated_to, becomes, is_refused
):
    charge = billed(contract=contract, prorate=True, valid_to=prorated_to)

    if is_refused:
        refused(lambda: charge.update(valid_to=becomes), "m1 cannot end then: it is billed on draft .* for 2026-02-01")
    else:
        assert charge.update(valid_to=becomes) == 1


@pytest.mark.parametrize("prorate", [True, False])
def test_T_26_a_contract_does_not_end_within_what_was_billed_of_a_prorated_charge(contract, prorate):
    billed(contract=contract, prorate=prorate)
    terms = Contract.objects.filter(pk=contract.pk)

    terms.update(end_on=date(2026, 2, 28))
    refused(
        lambda: terms.update(end_on=date(2026, 1, 31)),
        "contract c1 cannot begin or end then: its recurring charge m1 is billed on draft .* for 2026-02-01",
    )
    if prorate:
        refused(lambda: terms.update(end_on=date(2026, 2, 20)), "cannot begin or end then")
        refused(lambda: terms.update(start_on=date(2026, 1, 2)), "for 2026-01-01")
    else:
        assert terms.update(end_on=date(2026, 2, 20)) == 1


@pytest.mark.parametrize(("interval", "within", "after"), [
    ("quarterly", date(2026, 3, 30), date(2026, 3, 31)), ("yearly", date(2026, 12, 30), date(2026, 12, 31)),
])  # fmt: skip
def test_T_26_a_billed_quarter_or_year_is_guarded_to_its_last_day(contract, interval, within, after):
    charge = billed(contract=contract, prorate=True, interval=interval)

    refused(lambda: charge.update(valid_to=within), "cannot end then")
    assert charge.update(valid_to=after) == 1


def test_T_26_what_was_never_billed_may_change_and_go(contract):
    charge = RecurringChargeFactory.create(contract=contract)

    RecurringCharge.objects.update(unit_price=1, valid_to=date(2026, 1, 1))
    Contract.objects.update(end_on=date(2026, 1, 2))

    assert charge.delete()[0] == 1


def test_T_26_what_was_released_may_change_again(contract):
    charge = billed(contract=contract)
    Claim.objects.update(released_at=NOW)

    assert charge.update(unit_price=1) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"external_id": "z2"}, {"charged_on": date(2026, 1, 2)}, {"description": "Shelf"}, {"quantity": 2},
        {"unit_price": 11}, {"tax_rate": 7}, {"goods": True},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_a_billed_single_charge_neither_changes_nor_goes(change):
    charge = ClientChargeFactory.create(external_id="z1")
    list(bill_recurring(at=NOW))
    found = ClientCharge.objects.filter(pk=charge.pk)

    refused(lambda: found.update(**change), "charge z1 is billed on draft .* and cannot be changed")
    refused(found.delete, "charge z1 is billed on draft .* and cannot be deleted")


def test_an_unbilled_single_charge_changes_and_goes():
    charge = ClientChargeFactory.create()

    ClientCharge.objects.update(quantity=3)

    assert charge.delete()[0] == 1
