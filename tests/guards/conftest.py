from __future__ import annotations

import pytest

from contracts.models import Allocation
from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Claim, Invoice
from tests.factories import NOW, ClientFactory, ContractFactory, ExpenseFactory, closed_ticket
from tests.guards.paper import Paper
from tickets import billing


def billed(client) -> Invoice:
    """A draft with time of two entries and material."""
    ticket = closed_ticket("1.00", "2.00", client=client)
    ExpenseFactory.create(ticket=ticket)
    result = billing.bill_ticket(ticket.pk, at=NOW, by="ann", by_hand=True)
    assert result is not None
    return Invoice.objects.get(external_id=result.invoice)


def with_allowance():
    """A client whose contract covers half an hour of the ticket."""
    return ContractFactory.create(included_seconds=1800).client


@pytest.fixture
def paper(db: None) -> Paper:
    """An issued document, and a draft of another client beside it."""
    issued = billed(with_allowance())
    issue_invoices([issued.pk], at=NOW, by="ann")
    draft = billed(ClientFactory.create())
    claims = Claim.objects.filter(line__invoice=issued).order_by("pk")
    return Paper(
        invoice=issued.pk,
        line=issued.lines.order_by("pk")[0].pk,
        tax=issued.tax_lines.get().pk,
        claim=claims[0].pk,
        allocation=Allocation.objects.get().pk,
        draft=draft.pk,
        draft_line=draft.lines.order_by("pk")[0].pk,
        client=issued.client_id,
        other_client=draft.client_id,
    )
