"""Documents of one month that are issued at the same moment: the client's discount is taken once (M-04)."""

from __future__ import annotations

from functools import partial

import pytest

from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Discount, DiscountUse, Invoice
from tests.factories import DAY, NOW, ClientFactory
from tests.forks import together
from tests.invoicing.documents import draft

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]


def test_M_04_eight_documents_of_one_month_issued_at_once_take_its_discounts_once():
    client = ClientFactory.create()
    for cents in (1000, 500):
        Discount.objects.create(client=client, month=DAY.replace(day=1), amount_cents=cents, reason="Goodwill")
    keys = [draft(4000, client=client, collects=f"ticket:{n}").pk for n in range(8)]

    codes = together([partial(issue_invoices, [key], at=NOW, by="petra") for key in keys])

    assert codes == [0] * 8
    assert sorted(one.discount_cents or 0 for one in Invoice.objects.all()) == [0] * 7 + [1500]
    assert DiscountUse.objects.count() == 2
