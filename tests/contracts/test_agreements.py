"""The terms that bind a ticket: every gap filled from client and settings (T-05, T-06, T-14)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import config
from contracts.agreements import NOTHING_AGREED, Agreements, SeveralContracts
from contracts.holidays import calendar
from rating.terms import UNLIMITED
from tests.factories import DAY, AssignmentFactory, ClientFactory, ContractFactory, RateFactory, configure

pytestmark = pytest.mark.django_db


def read(*clients, contacts=()):
    return Agreements.read([client.pk for client in clients], [contact.pk for contact in contacts], config.billing())


def test_everything_that_can_bind_is_read_in_four_queries():
    assignments = AssignmentFactory.create_batch(5)
    for assignment in assignments:
        RateFactory.create(contract=assignment.contract)
    clients = [assignment.contract.client for assignment in assignments]

    with CaptureQueriesContext(connection) as queries:
        agreements = read(*clients, contacts=[assignment.contact for assignment in assignments])

    assert len(queries) == 4
    assert len(agreements.clients) == len(agreements.cards) == 5


def test_a_client_without_agreements_is_bound_by_nothing():
    client = ClientFactory.create(hourly_rate=None)
    agreements = read(client)

    binding = agreements.binding(client.pk, None, None, DAY)

    assert binding == NOTHING_AGREED
    assert binding.fee is None
    assert agreements.terms(client.pk, binding).ladder == ()


def test_the_rates_below_the_card_are_asked_in_their_order(settings):
    configure(settings, default_hourly_rate=Decimal(60))
    assignment = AssignmentFactory.create(hourly_rate=95, contract__hourly_rate=90)
    client = assignment.contract.client
    agreements = read(client, contacts=[assignment.contact])

    terms = agreements.terms(client.pk, agreements.binding(client.pk, assignment.contact_id, None, DAY))

    assert [(rate.origin, int(rate.hourly)) for rate in terms.ladder] == [
        ("assignment", 95), ("contract", 90), ("client", 80), ("setting", 60),
    ]  # fmt: skip
    assert terms.ladder[2].label == f"client {client.external_id}"


def test_a_rate_of_nothing_is_a_step_and_null_is_none():
    contract = ContractFactory.create(hourly_rate=0, client__hourly_rate=None)
    agreements = read(contract.client)

    terms = agreements.terms(contract.client_id, agreements.binding(contract.client_id, None, None, DAY))

    assert [(rate.origin, rate.hourly) for rate in terms.ladder] == [("contract", Decimal(0))]


def test_the_terms_of_a_contract_take_the_place_of_the_settings():
    contract = ContractFactory.create(
        strategy="mixed", unlimited_hours=True, included_tickets=3, late_work="absorb", rounding_level="day",
        business_hours={"mon-sun": "00:00-24:00"},
    )  # fmt: skip
    agreements = read(contract.client)

    terms = agreements.terms(contract.client_id, agreements.binding(contract.client_id, None, None, DAY))

    assert (terms.contract, terms.contract_reference, terms.strategy) == (contract.pk, contract.external_id, "mixed")
    assert (terms.included_seconds, terms.included_tickets, terms.late_work) == (UNLIMITED, 3, "absorb")
    assert (terms.rounding.level, terms.rounding.increment_seconds) == ("day", 900)
    assert terms.business_hours.open_at(6, 3 * 60) is True
    assert agreements.with_limited_allowance() == [contract.pk]


def test_terms_are_worked_out_once_for_a_binding():
    contract = ContractFactory.create()
    agreements = read(contract.client)
    binding = agreements.binding(contract.client_id, None, None, DAY)

    assert agreements.terms(contract.client_id, binding) is agreements.terms(contract.client_id, binding)


def test_several_contracts_are_named():
    client = ClientFactory.create()
    ContractFactory.create(client=client, external_id="c2")
    ContractFactory.create(client=client, external_id="c1")

    with pytest.raises(SeveralContracts, match=r"^c1, c2$"):
        read(client).binding(client.pk, None, None, DAY)


def test_two_assignments_under_the_ticket_s_own_contract_leave_the_contract_s_prices():
    assignment = AssignmentFactory.create(per_ticket_rate=5, contract__per_ticket_rate=50)
    AssignmentFactory.create(contract=assignment.contract, contact=assignment.contact, per_ticket_rate=7)
    contract = assignment.contract

    binding = read(contract.client, contacts=[assignment.contact]).binding(
        contract.client_id, assignment.contact_id, contract.pk, DAY
    )

    assert (binding.contract, binding.assignment, binding.fee) == (contract, None, (Decimal(50), "contract"))


def test_the_ticket_s_own_contract_takes_the_prices_of_the_contact_s_place_in_it():
    assignment = AssignmentFactory.create(per_ticket_rate=5)
    contract = assignment.contract

    binding = read(contract.client, contacts=[assignment.contact]).binding(
        contract.client_id, assignment.contact_id, contract.pk, DAY
    )

    assert binding.fee == (Decimal(5), "assignment")


def test_an_own_contract_that_is_not_in_force_gives_way_to_the_only_other():
    client = ClientFactory.create()
    expired = ContractFactory.create(client=client, end_on=date(2026, 1, 14))
    current = ContractFactory.create(client=client, start_on=date(2026, 1, 15))

    assert read(client).binding(client.pk, None, expired.pk, DAY).contract == current


@pytest.mark.parametrize(
    ("country", "region", "day", "holiday"),
    [
        ("DE", "", date(2026, 1, 1), True),
        ("DE", "", date(2026, 3, 8), False),
        ("DE", "BE", date(2026, 3, 8), True),
        ("DE", "??", date(2026, 1, 1), True),
        ("XX", "??", date(2026, 1, 1), False),
    ],
)
def test_holidays_are_those_of_the_region_or_else_of_the_country(country, region, day, holiday):
    assert calendar(country, region)(day) is holiday


@pytest.mark.parametrize(
    ("country", "region", "of_house", "holiday"),
    [("DE", "", "BE", True), ("DE", "BY", "BE", False), ("AT", "", "BE", False), ("DE", "", "", False)],
)
def test_the_house_s_region_counts_for_clients_at_home_without_an_own(settings, country, region, of_house, holiday):
    configure(settings, holiday_region=of_house)
    client = ClientFactory.create(country=country, region=region)
    agreements = read(client)

    terms = agreements.terms(client.pk, NOTHING_AGREED)

    assert terms.holidays(date(2026, 3, 8)) is holiday  # Women's Day, in Berlin
