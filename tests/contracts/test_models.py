"""What can be agreed and what cannot, in forms and in the database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from contracts.models import Assignment, Client, Contract, Rate
from rating.terms import Rounding
from tests.factories import (
    NOW,
    AllocationFactory,
    AssignmentFactory,
    ClientFactory,
    ContactFactory,
    ContractFactory,
    RateFactory,
    closed_ticket,
)
from tickets import billing

pytestmark = pytest.mark.django_db

CONTRADICTIONS = [
    (ClientFactory, {"currency": "eur"}, "currency_iso"),
    (ClientFactory, {"country": "D"}, "country_iso"),
    (ClientFactory, {"automation": "always"}, "automation_known"),
    (ClientFactory, {"delivery": "fax"}, "delivery_known"),
    (ClientFactory, {"language": "fr"}, "language_known"),
    (ClientFactory, {"tax_category": "X"}, "tax_category_known"),
    (ClientFactory, {"hourly_rate": -1}, "hourly_rate_not_negative"),
    (ClientFactory, {"tax_category": "S", "tax_rate": 101}, "tax_rate_percent"),
    (ClientFactory, {"tax_category": "S"}, "standard_tax_has_rate"),
    (ClientFactory, {"tax_category": "AE", "tax_rate": 19}, "other_tax_has_no_rate"),
    (ClientFactory, {"managed_from": date(2026, 2, 1), "managed_until": date(2026, 1, 1)}, "managed_in_order"),
    (ContractFactory, {"status": "gone"}, "status_known"),
    (ContractFactory, {"end_on": date(2025, 12, 31)}, "in_order"),
    (ContractFactory, {"hourly_rate": -1}, "hourly_rate_not_negative"),
    (ContractFactory, {"per_ticket_rate": -1}, "fee_not_negative"),
    (ContractFactory, {"unlimited_tickets": True, "included_tickets": 5}, "tickets_counted_or_unlimited"),
    (ContractFactory, {"unlimited_hours": True, "included_seconds": 5}, "hours_counted_or_unlimited"),
    (ContractFactory, {"rounding_increment_minutes": 0}, "increment_positive"),
    (ContractFactory, {"rounding_level": "week"}, "level_known"),
    (ContractFactory, {"grouping": "per_day"}, "grouping_known"),
    (AssignmentFactory, {"status": "gone"}, "status_known"),
    (AssignmentFactory, {"billing_frequency": "daily"}, "frequency_known"),
    (AssignmentFactory, {"end_on": date(2025, 12, 31)}, "in_order"),
    (AssignmentFactory, {"per_ticket_rate": -1}, "fee_not_negative"),
    (RateFactory, {"time_of_day": "noon"}, "time_of_day_known"),
    (RateFactory, {"hourly_rate": None}, "price_or_multiplier"),
    (RateFactory, {"hourly_rate": 1, "multiplier": 2}, "price_or_multiplier"),
    (RateFactory, {"multiplier": -1}, "multiplier_not_negative"),
    (AllocationFactory, {"month": date(2026, 1, 2)}, "month_starts"),
    (AllocationFactory, {"tickets": 0}, "takes_something"),
]


@pytest.mark.parametrize(("factory", "facts", "name"), CONTRADICTIONS)
def test_what_cannot_be_is_refused_by_the_database(factory, facts, name):
    with pytest.raises(DatabaseError, match=name), transaction.atomic():
        factory.create(**facts)


def test_a_client_is_not_its_own_partner():
    client = ClientFactory.create()

    with pytest.raises(DatabaseError, match="not_its_own_partner"), transaction.atomic():
        Client.objects.update(managed_by=client)


def test_the_same_work_is_covered_once():
    AllocationFactory.create(kind="time_entry", source_id=7, tickets=0, seconds=60)

    with pytest.raises(DatabaseError, match="contracts_allocation_once"), transaction.atomic():
        AllocationFactory.create(kind="time_entry", source_id=7, tickets=0, seconds=60)


def test_the_currency_of_a_client_is_fixed_with_its_first_line():
    ticket = closed_ticket("1.00")
    Client.objects.update(currency="USD")
    Client.objects.update(currency="EUR")
    billing.bill_ticket(ticket.pk, at=NOW)

    with pytest.raises(DatabaseError, match="the currency is fixed, documents in EUR exist"), transaction.atomic():
        Client.objects.update(currency="USD")


OVERLAPS = [
    ({}, {}, True),
    ({"valid_to": date(2026, 1, 14)}, {"valid_from": date(2026, 1, 14)}, True),
    ({"valid_to": date(2026, 1, 14)}, {"valid_from": date(2026, 1, 15)}, False),
    ({"work_type": "network"}, {}, False),
    ({"time_of_day": "weekend"}, {"time_of_day": "holiday"}, False),
    ({"work_type": "network", "time_of_day": "weekend"}, {"work_type": "network", "time_of_day": "weekend"}, True),
]


@pytest.mark.parametrize(("one", "other", "refused"), OVERLAPS)
def test_two_equal_rates_never_overlap(one, other, refused):
    contract = RateFactory.create(**one).contract

    if refused:
        with pytest.raises(DatabaseError, match="contracts_rate_no_overlap"), transaction.atomic():
            RateFactory.create(contract=contract, **other)
    else:
        RateFactory.create(contract=contract, **other)

    assert Rate.objects.count() == (1 if refused else 2)


def test_two_contracts_may_have_equal_rates():
    RateFactory.create()

    RateFactory.create()

    assert Rate.objects.count() == 2


def test_an_assignment_of_another_client_s_contact_is_refused_by_form_and_database():
    contract, contact = ContractFactory.create(), ContactFactory.create()

    with pytest.raises(ValidationError) as problem:
        Assignment(contract=contract, contact=contact, start_on=date(2026, 1, 1)).full_clean()
    with pytest.raises(DatabaseError, match="belongs to another client"), transaction.atomic():
        AssignmentFactory.create(contract=contract, contact=contact)

    assert "contact" in problem.value.message_dict


def test_a_form_asks_for_a_price_or_a_multiplier():
    with pytest.raises(ValidationError) as problem:
        Rate(contract=ContractFactory.create(), valid_from=date(2026, 1, 1)).full_clean()

    assert problem.value.message_dict["hourly_rate"] == ["give either an hourly rate or a multiplier"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"timezone": "Berlin"}, "timezone"),
        ({"currency": "Euro"}, "currency"),
        ({"country": "Germany"}, "country"),
        ({"payment_terms_days": 400}, "payment_terms_days"),
    ],
)
def test_a_form_names_the_field_of_a_client_that_cannot_be(facts, field):
    with pytest.raises(ValidationError) as problem:
        ClientFactory.build(**facts).full_clean()

    assert field in problem.value.message_dict


@pytest.mark.parametrize(
    ("hours", "valid"), [({"mon-fri": "08:00-18:00"}, True), ({}, True), (None, True), ({"mon": "8 to 6"}, False)]
)
def test_business_hours_that_cannot_be_read_are_refused(hours, valid):
    contract = ContractFactory.build(client=ClientFactory.create(), business_hours=hours)

    if valid:
        contract.full_clean()
    else:
        with pytest.raises(ValidationError, match="no span of time"):
            contract.full_clean()

    assert contract.business_hours == hours


IN_FORCE = [
    ({}, date(2025, 12, 31), False),
    ({}, date(2026, 1, 1), True),
    ({"end_on": date(2026, 1, 31)}, date(2026, 1, 31), True),
    ({"end_on": date(2026, 1, 31)}, date(2026, 2, 1), False),
    ({"status": "signed"}, date(2026, 1, 1), True),
    ({"status": "draft"}, date(2026, 1, 1), False),
    ({"status": "suspended"}, date(2026, 1, 1), False),
]


@pytest.mark.parametrize(("facts", "on", "expected"), IN_FORCE)
def test_agreements_are_in_force_from_their_first_to_their_last_day(facts, on, expected):
    assignment = AssignmentFactory.create(**facts)
    Contract.objects.filter(pk=assignment.contract_id).update(**facts)

    assert Contract.objects.in_force(on).exists() is expected
    assert Assignment.objects.in_force(on).exists() is expected


def test_what_a_contract_leaves_open_about_rounding_is_as_usual():
    usual = Rounding(level="day", increment_seconds=360, direction="nearest", minimum_seconds=60, below_minimum="skip")

    assert Contract().rounding(usual) == usual
    assert Contract(
        rounding_level="entry", rounding_increment_minutes=30, rounding_direction="down", minimum_seconds=0,
        below_minimum="raise",
    ).rounding(usual) == Rounding("entry", 1800, "down", 0, "raise")  # fmt: skip


def test_rows_read_as_people_would_name_them():
    client = ClientFactory.create(name="Acme GmbH")
    contract = ContractFactory.create(client=client, external_id="c1")
    contact = ContactFactory.create(client=client, name="Ann")
    assignment = AssignmentFactory.create(contract=contract, contact=contact)
    price = RateFactory.create(contract=contract, hourly_rate=Decimal("90.00"), work_type="network")
    factor = RateFactory.create(contract=contract, multiplier=Decimal("1.5"), time_of_day="weekend")
    use = AllocationFactory.create(contract=contract, source_id=7)

    assert [str(row) for row in (client, contact, contract, assignment, price, factor, use)] == [
        "Acme GmbH", "Ann", "c1 (Acme GmbH)", "Ann under c1", "network, any time: 90.00/h", "any work, weekend: x 1.5",
        "opening 7 in 2026-01",
    ]  # fmt: skip


def test_a_client_without_a_zone_lives_in_that_of_the_issuer():
    assert ClientFactory.build().zone.key == "Europe/Berlin"
    assert ClientFactory.build(timezone="America/New_York").zone.key == "America/New_York"


def test_rows_made_by_hand_get_an_id_of_their_own():
    first = ClientFactory.create(external_id=Client._meta.get_field("external_id").get_default())
    second = ClientFactory.create(external_id=Client._meta.get_field("external_id").get_default())

    assert first.external_id < second.external_id
