"""Terms that are saved unchanged concern nobody; a ticket whose fee is billed stays."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from contracts.models import Assignment, Contract, Rate
from tests.factories import (
    NOW,
    AssignmentFactory,
    ClientFactory,
    ContractFactory,
    RateFactory,
    TicketFactory,
    closed_ticket,
)
from tests.tickets.asides import set_aside
from tickets import billing

pytestmark = pytest.mark.django_db


def test_a_ticket_whose_fee_is_billed_cannot_be_deleted():
    client = ClientFactory.create()
    ContractFactory.create(client=client, per_ticket_rate=50)
    ticket = TicketFactory.create(client=client)
    billing.bill_ticket(ticket.pk, at=NOW)

    with (
        pytest.raises(DatabaseError, match=r"is billed on draft .* and cannot be deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM tickets_ticket")


@pytest.mark.parametrize("model", [Contract, Rate, Assignment])
def test_terms_that_are_saved_unchanged_put_nothing_back(model):
    assignment = AssignmentFactory.create()
    RateFactory.create(contract=assignment.contract)
    ticket = closed_ticket("1.00", client=assignment.contract.client)
    set_aside(ticket, "no_rate")

    model.objects.get().save()

    ticket.refresh_from_db()
    assert ticket.billing_status == "held"
