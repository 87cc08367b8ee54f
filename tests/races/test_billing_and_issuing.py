"""Lines go onto drafts while the same drafts are issued: every line is on exactly one document that adds up."""

from __future__ import annotations

import time
from functools import partial

import pytest

from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Invoice
from tests.factories import NOW, ClientFactory, closed_ticket
from tests.forks import together
from tests.ledger import not_billed_once
from tickets import billing
from tickets.models import Ticket

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]


def bill_one_by_one(tickets: list[int]) -> None:
    for ticket in tickets:
        result = billing.bill_ticket(ticket, at=NOW, by="ann", by_hand=True)
        assert result is not None
        assert result.outcome == "charge", result


def issue_until_all_is_billed(tickets: list[int]) -> None:
    end = time.monotonic() + 110
    while Ticket.objects.filter(pk__in=tickets, billing_status="unbilled").exists() and time.monotonic() < end:
        drafts = list(Invoice.objects.filter(status="draft", line_count__gt=0).values_list("pk", flat=True))
        issue_invoices(drafts, at=NOW, by="ann")


@pytest.mark.parametrize("count", [120, pytest.param(2000, marks=pytest.mark.full)])
def test_P1_billing_and_issuing_at_once_lose_and_double_nothing(count: int):
    clients = [ClientFactory.create() for _ in range(3)]
    tickets = [closed_ticket("1.00", client=clients[n % 3]).pk for n in range(count)]

    works = [partial(bill_one_by_one, tickets[n::4]) for n in range(4)]
    issuers = [partial(issue_until_all_is_billed, tickets)] * 2

    assert together([*works, *issuers], within=120) == [0] * 6
    assert not_billed_once(tickets) == []
    issued = Invoice.objects.exclude(number=None)
    assert issued.count() > 3
    assert sum(issued.values_list("line_count", flat=True)) <= count
