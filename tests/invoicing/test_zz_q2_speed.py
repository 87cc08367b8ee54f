import time, pytest
from datetime import datetime, UTC, date
pytestmark = pytest.mark.django_db
def test_speed(settings):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from invoicing.recurring import bill_recurring
    from tests.factories import ContractFactory, NOW
    from contracts.models import RecurringCharge, ClientCharge
    cs=[ContractFactory.create() for _ in range(200)]
    RecurringCharge.objects.bulk_create([RecurringCharge(contract=cs[i%200],description="x",quantity=1,unit_price=2,valid_from=date(2026,1,1)) for i in range(10000)])
    ClientCharge.objects.bulk_create([ClientCharge(client=cs[i%200].client,charged_on=date(2026,1,1),description="x",quantity=1,unit_price=2) for i in range(10000)])
    for at in (NOW, datetime(2026,12,16,tzinfo=UTC), datetime(2026,12,16,tzinfo=UTC)):
        t=time.monotonic(); n=0
        with CaptureQueriesContext(connection) as q:
            for p in bill_recurring(at=at): n+=len(p)
        print(at, n, round(time.monotonic()-t,2), len(q))
