"""What is settled of charges follows their claims, whoever writes, and runs look at the rest alone (T-22, T-26)."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from contracts.models import ClientCharge, Contract, RecurringCharge
from invoicing.bulk import copy_rows
from invoicing.charges.planning import _terms
from invoicing.charges.selection import Wanted, recurring_charges, single_charges
from invoicing.claims import NewClaim, claim
from invoicing.lifecycle.withdraw import discard_draft
from invoicing.models import Invoice
from invoicing.recurring import bill_recurring
from rating.charge import Source
from rating.recurring import due_periods
from tests.factories import DAY, NOW, ClientChargeFactory, ClientFactory, ContractFactory, RecurringChargeFactory

pytestmark = pytest.mark.django_db

APRIL = datetime(2026, 4, 1, 9, tzinfo=UTC)
SEED = 26


def bill(at=NOW):
    return [plan for page in bill_recurring(at=at) for plan in page]


def settled(model):
    return dict(model.objects.values_list("external_id", "settled"))


def wanted(which, at=NOW):
    return list(which(Wanted(at)).values_list("external_id", flat=True))


def give_back():
    for draft in Invoice.objects.filter(status="draft"):
        discard_draft(draft.pk, reason="wrong client", by="ann", at=NOW)


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_single_charge_is_settled_while_something_claims_it():
    ClientChargeFactory.create(external_id="rack")
    ClientChargeFactory.create(external_id="later", charged_on=DAY + timedelta(days=60))
    bill()
    assert settled(ClientCharge) == {"rack": True, "later": False}
    assert wanted(single_charges, APRIL) == ["later"]

    give_back()
    assert wanted(single_charges) == ["rack"]
    bill()
    assert settled(ClientCharge) == {"rack": True, "later": False}


@pytest.mark.parametrize("model", [ClientCharge, RecurringCharge])
def test_nobody_can_set_the_marker_otherwise(model):
    ClientChargeFactory.create(external_id="x", settled=True)
    RecurringChargeFactory.create(external_id="x", settled=True)

    model.objects.update(settled=True)
    execute(f"UPDATE {model._meta.db_table} SET settled = true")

    assert settled(model) == {"x": False}


def test_a_stale_copy_that_is_saved_opens_nothing():
    charge = ClientChargeFactory.create()
    bill()

    charge.save()

    assert ClientCharge.objects.get().settled


def test_T_26_a_recurring_charge_is_settled_when_it_has_ended_and_is_billed_to_its_end():
    contract = ContractFactory.create()
    for name, last in (("open", None), ("ended", date(2026, 3, 15)), ("ending", date(2026, 6, 15))):
        RecurringChargeFactory.create(contract=contract, external_id=name, valid_to=last)
    bill(datetime(2026, 2, 1, 9, tzinfo=UTC))
    assert settled(RecurringCharge) == {"open": False, "ended": False, "ending": False}

    bill(APRIL)
    assert settled(RecurringCharge) == {"open": False, "ended": True, "ending": False}
    assert wanted(recurring_charges, APRIL) == ["open", "ending"]

    give_back()
    assert settled(RecurringCharge) == {"open": False, "ended": False, "ending": False}


def test_T_26_other_dates_of_a_charge_or_its_contract_open_and_settle_it():
    charge = RecurringChargeFactory.create(valid_to=date(2026, 4, 15))
    bill(APRIL)
    assert RecurringCharge.objects.get().settled

    RecurringCharge.objects.update(valid_to=None)
    assert not RecurringCharge.objects.get().settled
    Contract.objects.update(end_on=date(2026, 4, 30))
    assert RecurringCharge.objects.get().settled
    Contract.objects.update(end_on=date(2026, 5, 1))
    assert not RecurringCharge.objects.get().settled

    assert [plan.period for plan in bill(datetime(2026, 5, 1, 9, tzinfo=UTC))] == ["2026-05-01"]
    charge.refresh_from_db()
    assert charge.settled


def test_a_charge_without_a_single_period_is_settled_from_the_start():
    RecurringChargeFactory.create(valid_from=date(2025, 1, 15), valid_to=date(2025, 12, 31))

    assert RecurringCharge.objects.get().settled


def drawn(random_, contracts):
    """Charges that end, of every interval, on days of every kind."""
    for number in range(120):
        first = date(2025, 12, 1) + timedelta(days=random_.randrange(120))
        yield RecurringChargeFactory.build(
            external_id=f"m{number}", contract=random_.choice(contracts), valid_from=first,
            valid_to=random_.choice([None, first + timedelta(days=random_.randrange(800))]),
            interval=random_.choice(["monthly", "quarterly", "yearly"]), prorate=random_.random() < 0.5,
        )  # fmt: skip


def test_T_26_the_database_counts_the_same_periods_as_the_rating():
    random_ = random.Random(SEED)  # noqa: S311 - test data
    client = ClientFactory.create()
    ends = (None, date(2026, 2, 28), date(2026, 12, 31), date(2027, 3, 30))
    contracts = [ContractFactory.create(client=client, end_on=end) for end in ends]
    RecurringCharge.objects.bulk_create(drawn(random_, contracts))
    expected, units = {}, []
    for charge in RecurringCharge.objects.select_related("contract__client"):
        terms = _terms(charge)
        labels = [period.label for period in due_periods(terms, on=terms.last_day or date(2028, 1, 1))]
        missing = random_.choice([*labels, None, None]) if labels else None
        units += [Source("recurring", charge.pk, None, None, label) for label in labels if label != missing]
        expected[charge.external_id] = terms.last_day is not None and missing is None

    claim((NewClaim(unit, "free") for unit in units), at=NOW)

    assert settled(RecurringCharge) == expected
    assert 20 < sum(expected.values()) < 100


def test_T_22_a_run_reads_the_charges_that_are_open_and_not_those_of_all_time():
    client, contract = ClientFactory.create(automation="draft"), ContractFactory.create()
    columns = ("external_id", "client_id", "charged_on", "description", "quantity", "unit_price", "goods")
    copy_rows(ClientCharge, columns, ((f"k{n}", client.pk, DAY, "Rack", 1, 10, False) for n in range(3000)))
    of_contracts = (
        "external_id", "contract_id", "description", "quantity", "unit_price", "valid_from", "valid_to", "interval",
        "timing", "prorate",
    )  # fmt: skip
    copy_rows(
        RecurringCharge,
        of_contracts,
        ((f"m{n}", contract.pk, "Seat", 1, 10, DAY, DAY, "monthly", "advance", False) for n in range(3000)),
    )
    units = [Source("charge", pk, None, None) for pk in ClientCharge.objects.values_list("pk", flat=True)]
    ended = RecurringCharge.objects.values_list("pk", flat=True)
    units += [Source("recurring", pk, None, None, DAY.isoformat()) for pk in ended]
    claim((NewClaim(unit, "free") for unit in units[5:-5]), at=NOW)
    # What the planner knows of tables depends on what earlier tests left of them.
    for unwanted in ("seqscan", "hashjoin", "mergejoin"):
        execute(f"SET LOCAL enable_{unwanted} = off")

    for which, index in ((single_charges, "clientcharge_open"), (recurring_charges, "recurring_open")):
        scan = which(Wanted(NOW)).order_by("pk")[:500].explain()
        assert f"contracts_{index}" in scan
        assert "Seq Scan on contracts_clientcharge" not in scan
        assert "Seq Scan on contracts_recurringcharge" not in scan
        assert which(Wanted(NOW)).count() == 5
