import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.factories import *
from tickets import automation
from tickets.models import Ticket
pytestmark = pytest.mark.django_db
@pytest.mark.parametrize("terms", [None, {}, {"included_seconds": 7200}, {"included_seconds": 7200, "rollover_months": 1}, {"unlimited_hours": True}, {"unlimited_tickets": True}])
@pytest.mark.parametrize("signal", [True, False])
def test_q(terms, signal, capsys):
    client = ClientFactory.create()
    if terms is not None: ContractFactory.create(client=client, **terms)
    if signal:
        ticket = TicketFactory.create(client=client)
    else:
        (ticket,) = Ticket.objects.bulk_create([TicketFactory.build(client=client)])
    TimeEntryFactory.create(ticket=ticket)
    with CaptureQueriesContext(connection) as c:
        automation.bill_due_ticket(ticket.pk, at=NOW+timedelta(days=1))
    with capsys.disabled(): print("QQ", terms, signal, len(c))
    assert True
