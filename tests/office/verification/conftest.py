"""Books with something of everything, and a way to put into them what nobody could have written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection, connections, transaction

from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Invoice
from invoicing.recurring import bill_recurring
from tests.factories import (
    NOW,
    ClientChargeFactory,
    ClientFactory,
    ContractFactory,
    ExpenseFactory,
    RecurringChargeFactory,
    TicketFactory,
    TimeEntryFactory,
)
from tickets import billing
from tickets.overrides import hold_ticket

Plant = Callable[..., None]

TRIGGERED = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
DROPS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname) FROM pg_constraint
WHERE conname = ANY(%(names)s)
UNION ALL SELECT format('DROP INDEX %%I', indexname) FROM pg_indexes WHERE indexname = ANY(%(names)s)
"""


@pytest.fixture
def books(db: None) -> None:
    """Two issued documents and a draft, with lines of every kind; a covered ticket, one paid in part, and one held."""
    acme = ContractFactory.create(
        external_id="c1", client__external_id="acme", included_seconds=1800, included_tickets=None
    )
    beta = ContractFactory.create(
        external_id="c2", client__external_id="beta", included_tickets=1, per_ticket_rate=50, strategy="mixed"
    )
    gamma = ClientFactory.create(external_id="gamma")
    RecurringChargeFactory.create(external_id="m1", contract=acme)
    ClientChargeFactory.create(external_id="k1", client=acme.client)
    for name, client in (("t1", acme.client), ("t2", beta.client), ("t3", beta.client), ("t4", gamma)):
        ticket = TicketFactory.create(external_id=name, client=client)
        TimeEntryFactory.create(external_id=f"{name}-e1", ticket=ticket, hours="1.00")
        TimeEntryFactory.create(external_id=f"{name}-e2", ticket=ticket, hours="2.00", hourly_rate=120)
        if name in ("t1", "t4"):
            ExpenseFactory.create(external_id=f"{name}-x1", ticket=ticket)
        billing.bill_ticket(ticket.pk, at=NOW, by="ann", by_hand=True)
    held = TicketFactory.create(external_id="t5", client=gamma)
    TimeEntryFactory.create(external_id="t5-e1", ticket=held)
    ExpenseFactory.create(external_id="t5-x1", ticket=held)
    hold_ticket(held.pk, reason="customer asked", by="ann", at=NOW)
    list(bill_recurring(at=NOW, by="ann"))
    for client in (acme.client, beta.client):
        issue_invoices(list(Invoice.objects.filter(client=client).values_list("pk", flat=True)), at=NOW, by="ann")


@pytest.fixture
def owner_at_work(db: None) -> Iterator[None]:
    """Everything goes through the owner's connection, who may switch guards off; nothing of it is kept.

    The mark must name both databases.
    """
    usual = connections["default"]
    connections["default"] = connections["owner"]
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        connections["default"] = usual


@pytest.fixture
def plant(owner_at_work: None) -> Plant:
    """Run statements with every trigger off and, where named, a constraint or index dropped."""

    def run(*statements: str, without: tuple[str, ...] = ()) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks to come cannot be altered
            cursor.execute(TRIGGERED)
            for (table,) in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(DROPS, {"names": list(without)})
            for (drop,) in cursor.fetchall():
                cursor.execute(drop)
            for statement in statements:
                cursor.execute(statement)
                assert cursor.rowcount > 0, statement

    return run
