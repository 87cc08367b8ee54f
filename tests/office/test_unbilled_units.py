"""Which units there are is worked out in SQL: it must agree with what planning would find (P2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest

import config
from contracts.agreements import Agreements, SeveralContracts
from contracts.models import Contract, RecurringCharge
from invoicing.charges.planning import _terms
from office.unbilled.asked import asked
from office.unbilled.registry import KINDS
from office.unbilled.totals import totals, unbilled
from office.unbilled.units import BUCKETS, SETTLED, Units
from office.unbilled.wording import SENTENCES, sentence
from rating.recurring import due_periods
from tests.factories import AssignmentFactory, ClientFactory, ContactFactory, ContractFactory, TicketFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
CLOSED = datetime(2026, 3, 10, 16, tzinfo=UTC)


def agreed(client, contact, own):
    """The fee that planning would find, in minor units: None for none, "several" where a person must choose."""
    agreements = Agreements.read([client.pk], [contact.pk], config.billing())
    try:
        fee = agreements.binding(client.pk, contact.pk, own.pk if own else None, CLOSED.date()).fee
    except SeveralContracts:
        return "several"
    return int(fee[0] * 100) if fee and fee[0] else None


def test_T_14_the_fee_of_a_ticket_is_that_of_the_contract_in_force():
    expected = {}
    dates: dict[str, dict[str, Any]] = {
        "in force": {},
        "over": {"end_on": date(2026, 3, 9)},
        "draft": {"status": "draft"},
    }
    for first, second, assigned, own in product(dates, ["none", *dates], [None, "first", "both"], [False, True]):
        client = ClientFactory.create()
        contact = ContactFactory.create(client=client)
        contracts = [ContractFactory.create(client=client, per_ticket_rate=50, **dates[first])]
        if second != "none":
            contracts.append(ContractFactory.create(client=client, per_ticket_rate=20, **dates[second]))
        for contract in {None: [], "first": contracts[:1], "both": contracts}[assigned]:
            AssignmentFactory.create(contract=contract, contact=contact, per_ticket_rate=30)
        ticket = TicketFactory.create(
            client=client, contact=contact, contract=contracts[0] if own else None, closed_at=CLOSED
        )
        expected[ticket.external_id] = agreed(client, contact, contracts[0] if own else None)

    found = {unit.id: unit.amount_cents for unit in unbilled(asked(None, now=NOW)) if unit.type == "ticket_fee"}

    assert {name for name, fee in expected.items() if fee == "several"} >= {
        n for n, fee in found.items() if fee is None
    }
    assert found == {name: None if fee == "several" else fee for name, fee in expected.items() if fee is not None}
    assert {"several", 5000, 3000, None} <= set(expected.values())
    assert totals(asked(None, now=NOW)).unbalanced == {}


def random_charges(random, count):
    """Recurring charges of every kind under contracts that begin and end when they like."""
    client = ClientFactory.create(timezone="Pacific/Auckland")

    def day(first=0, last=900):
        return date(2024, 1, 1) + timedelta(days=random.randint(first, last))

    contracts = Contract.objects.bulk_create(
        Contract(
            external_id=f"c{n}", client=client, status="active", start_on=day(0, 300),
            end_on=random.choice([None, day(300)]),
        )
        for n in range(count)
    )  # fmt: skip
    for n, contract in enumerate(contracts):
        begins = random.choice([day(), contract.start_on, date(2024, 1, 31), date(2024, 2, 29)])
        RecurringCharge.objects.create(
            external_id=f"r{n}", contract=contract, description="Seat", quantity=1, unit_price=10, valid_from=begins,
            valid_to=random.choice([None, begins + timedelta(days=random.randint(0, 500))]),
            interval=random.choice(["monthly", "quarterly", "yearly"]),
            timing=random.choice(["advance", "arrears"]), prorate=random.random() < 0.5,
        )  # fmt: skip
    return RecurringCharge.objects.select_related("contract__client")


def test_T_26_due_periods_are_counted_as_they_are_planned():
    charges = random_charges(Random(26), 80)  # noqa: S311 - the same ones each time

    for at in (NOW, datetime(2025, 12, 31, 11, tzinfo=UTC), datetime(2026, 2, 28, 10, 59, tzinfo=UTC)):
        today = at.astimezone(charges[0].contract.client.zone).date()
        expected = sum(len(list(due_periods(_terms(charge), on=today))) for charge in charges)
        found = totals(asked(None, now=at))

        assert found.counted["recurring"] == found.placed["recurring"] == expected > 0


def test_units_are_read_with_as_many_queries_however_many_there_are(django_assert_num_queries):
    for name in range(40):
        ClientFactory.create(external_id=f"k{name}", currency=["EUR", "JPY", "USD"][name % 3])
    wanted = asked(None, now=NOW)

    with django_assert_num_queries(2 * len(KINDS) + 3):  # a count and the sums each; currencies; two lists of charges
        totals(wanted)


def test_another_kind_of_unit_is_one_more_entry(monkeypatch):
    calls = Units(
        count="SELECT 'call', 3",
        rows="SELECT n AS key, 'call' AS type, 'call ' || n AS reference, '' AS part, '' AS ticket, 'acme' AS client, "
        "'EUR' AS currency, CASE WHEN n < 3 THEN 'billed' ELSE 'pending' END AS bucket, 'issued' AS reason, "
        "NULL::date AS since, 60 AS seconds, NULL::bigint AS amount_cents, 7 AS line, 500 AS line_cents "
        "FROM generate_series(1, 3) n",
    )
    monkeypatch.setattr("office.unbilled.totals.KINDS", (*KINDS, calls))
    wanted = asked(None, now=NOW)

    found = totals(wanted)

    # A price that units have only together is counted once.
    assert [(place.bucket, total.units, total.seconds, total.amount_cents) for place, total in found.buckets()] == [
        ("billed", 2, 120, 500), ("pending", 1, 60, 500),
    ]  # fmt: skip
    assert (found.counted["call"], found.closing_balance) == (3, 0)
    assert [unit.id for unit in unbilled(wanted)] == ["call 3"]


def test_every_bucket_and_reason_has_words():
    assert len(set(BUCKETS)) == len(BUCKETS)
    assert set(SETTLED) < set(BUCKETS)
    assert all(text.endswith(".") for text in SENTENCES.values())
    assert sentence("not_counted", "draft") != sentence("billed", "draft")
    assert sentence("held", "no_rate") == "No hourly rate is agreed anywhere."
