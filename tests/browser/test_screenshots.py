"""Pictures of the admin with the demo's month.

They are made anew for the documentation with
`SCREENSHOTS=docs/images python3 run.py test tests/browser/test_screenshots.py`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.urls import reverse

from contracts.models import Contract
from invoicing.models import Invoice
from tests.browser.month import bill_the_demo
from tests.browser.palette import with_few_colours
from tickets.models import Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LARGEST = 150_000


def test_the_demo_month_fills_the_admin(desk, tmp_path):
    bill_the_demo()
    desk.sign_in("administrator", "demo")
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    issued = Invoice.objects.get(client__external_id="brauer", status="open")
    pages = {
        "home": reverse("admin:index"),
        "tickets": reverse("admin:tickets_ticket_changelist"),
        "ticket": reverse("admin:tickets_ticket_change", args=[Ticket.objects.get(number="4001").pk]),
        "invoices": reverse("admin:invoicing_invoice_changelist"),
        "invoice": reverse("admin:invoicing_invoice_change", args=[issued.pk]),
        "contract": reverse(
            "admin:contracts_contract_change", args=[Contract.objects.get(external_id="nordlicht-prepaid").pk]
        ),
    }

    for name, path in pages.items():
        desk.open(path.removeprefix("/admin/"))
        if name == "invoice":
            desk.page.get_by_text("Why this amount").first.click()
        (folder / f"admin-{name}.png").write_bytes(with_few_colours(desk.page.screenshot()))

    assert all((folder / f"admin-{name}.png").stat().st_size < LARGEST for name in pages)
