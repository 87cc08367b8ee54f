import time, tracemalloc
from datetime import timedelta
import pytest
from django.db import connection
from tests.commands.running import AT, run
from tests.factories import *
from office.verification.run import QUERY_CHECKS, Checked, verify
from office.verification import lines, taxes
pytestmark = pytest.mark.django_db
def test_scale():
    N=20000
    clients=[ClientFactory.create(external_id=f"c{n}") for n in range(50)]
    for c in clients[:25]: ContractFactory.create(client=c, included_tickets=2, included_seconds=36000)
    ts=Ticket.objects.bulk_create(TicketFactory.build(client=clients[p%50], closed_at=CLOSED+timedelta(seconds=p)) for p in range(N))
    TimeEntry.objects.bulk_create(TimeEntryFactory.build(ticket=t) for t in ts for _ in range(3))
    a=time.time(); print(run("bill_tickets","--at",AT,"--format","text").code, time.time()-a)
    run("issue_invoices","--at",AT)
    for c in QUERY_CHECKS:
        a=time.time(); n=len(list(c.violations())); print(f"{c.name:45} {time.time()-a:.2f} {n}")
    a=time.time(); list(taxes.violations()); print("tax",time.time()-a)
    tracemalloc.start()
    a=time.time(); ck=Checked(); assert list(verify(ck))==[]; print(ck, time.time()-a, tracemalloc.get_traced_memory())
