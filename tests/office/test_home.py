"""The first page: what waits for people with the way to it, and how billing runs against its targets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gateway_billing.models import MonthAttempt
from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Anomaly, Invoice, Job, Mail, StripeCall, StripeEvent
from invoicing.switches import stop_automation
from office.alerts.latest import cache_key as alerts_key
from office.home.measured import cache_key
from office.home.waiting import waiting_for
from office.tasks import check_alerts
from tests.factories import CLOSED, NOW, ClientFactory, TicketFactory, TimeEntryFactory, closed_ticket, configure
from tests.gateway_factories import CompanyFactory, PartnerFactory
from tests.signing_in import signed_in
from tickets.billing import bill_tickets
from tickets.models import BillingStat, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    """It is NOW, and nobody has looked at the page in the last minute."""
    with time_machine.travel(NOW, tick=False):
        cache.delete_many([cache_key(), alerts_key()])
        yield


def home(browser: Browser) -> Any:
    page = browser.get(reverse("admin:index"))
    assert page.status_code == 200
    return page


def told(page: Any) -> dict[str, Any]:
    return {kpi.label: kpi for kpi in page.context["kpis"]}


def counted(hours_ago: int = 1, **facts: Any) -> None:
    """What a run did."""
    defaults = {"slot": 0, "by_hand": False, "outcome": "charge", "within_ms": 250, "tickets": 1, "milliseconds": 200}
    hour = NOW.replace(minute=0) - timedelta(hours=hours_ago)
    BillingStat.objects.create(**{"hour": hour, "currency": "EUR", "amount_cents": 0, **defaults, **facts})


def held(reason: str, **facts: Any) -> Ticket:
    ticket = TicketFactory.create(**facts)
    ticket.hold(reason=reason, detail="", at=NOW)
    return ticket


def test_a_house_in_which_nothing_happened_yet_is_told_so_kindly():
    page = home(signed_in("viewer"))
    text = page.content.decode()

    assert [group.waiting for group in page.context["waiting"]] == [[]] * 5
    for said in ("No ticket waits for a person.", "Nothing has failed.", "Every month that is over has been run."):
        assert said in text
    assert "beyond target" not in text
    assert text.count("nothing to judge yet") == 5
    assert all(chart.is_empty for chart in page.context["graphs"])
    assert [figure.value for figure in page.context["figures"]] == ["0", "0", "0"]


@pytest.fixture
def house() -> None:
    """One of everything that may wait, and two of some."""
    held("no_rate")
    held("no_rate")
    held("parked")
    asks = ClientFactory.create(require_entry_approval=True)
    bill_tickets([closed_ticket("1.00", client=asks).pk], at=NOW)
    TimeEntryFactory.create(ticket=TicketFactory.create(status="open"), status="approved")
    for _ in range(2):
        bill_tickets([closed_ticket("1.00").pk], at=NOW)
    drafts = list(Invoice.objects.values_list("pk", flat=True))
    issue_invoices(drafts[:1], at=NOW - timedelta(days=40), by="ann")
    Mail.objects.create(key="m", purpose="alert", subject="s", body="b", status="parked", queued_at=NOW, next_at=NOW)
    client = ClientFactory.create()
    at = {"queued_at": NOW, "next_at": NOW}
    StripeCall.objects.create(key="k", purpose="invoice", client=client, status="parked", queued_by="system", **at)
    for number, status in enumerate(("parked", "pending", "pending")):
        StripeEvent.objects.create(
            event_id=f"evt_{number}", event_type="invoice.paid", payload=b"{}", received_at=NOW, next_at=NOW,
            status=status, attempts=number,
        )  # fmt: skip
    StripeEvent.objects.create(event_id="new", event_type="invoice.paid", payload=b"{}", received_at=NOW, next_at=NOW)
    Anomaly.objects.create(key="a", kind="amount", text="They differ.", found_at=NOW)
    Job.objects.create(key="j", kind="issue drafts", queued_at=NOW, queued_by="ann", status="failed")
    partner = PartnerFactory.create()
    CompanyFactory.create(managed_by=partner)
    MonthAttempt.objects.create(partner=PartnerFactory.create(), period_start=date(2025, 12, 1), problem="no price")


WAITING = {
    "Tickets": {"no rate": 2, "entries pending approval": 1, "Time entries that hold a ticket": 1},
    "Documents": {"Drafts to issue": 1, "Overdue documents": 1},
    "Failed and parked": {
        "Tickets that could not be billed": 1, "Partners' months that failed": 1, "Mails that could not be sent": 1,
        "Steps to Stripe that failed": 1, "Jobs that failed": 1,
    },
    "From Stripe": {"Events that were given up": 1, "Events without a document": 2, "Open anomalies": 1},
    "Partners' months": {"Missing for 2025-12": 1},
}  # fmt: skip


def test_what_waits_is_counted_by_what_clears_it_and_each_number_leads_to_its_rows(house):
    browser = signed_in("administrator")

    page = home(browser)

    assert {
        str(group.title): {str(row.label): row.number for row in group.waiting} for group in page.context["waiting"]
    } == WAITING
    for group in page.context["waiting"]:
        for row in group.waiting:
            opened = browser.get(row.url) if row.url else None
            assert opened is None or opened.status_code == 200, row
            if opened is not None and "cl" in (opened.context or {}) and row.label != "Events without a document":
                assert len(opened.context["cl"].result_list) == row.number, row


def test_nobody_is_shown_what_they_may_not_see(house):
    class Somebody:
        def __init__(self, *permissions: str) -> None:
            self.permissions = permissions

        def has_perm(self, perm: str, /) -> bool:
            return perm in self.permissions

    assert waiting_for(Somebody(), at=NOW) == []
    (group,) = waiting_for(Somebody("invoicing.view_mail"), at=NOW)
    assert [(str(row.label), row.number) for row in group.waiting] == [("Mails that could not be sent", 1)]


def test_the_page_takes_few_queries_and_half_of_them_once_a_minute(house):
    browser = signed_in("superuser")
    home(browser)  # what a session does once
    cache.delete(cache_key())

    with CaptureQueriesContext(connection) as first:
        home(browser)
    with CaptureQueriesContext(connection) as again:
        home(browser)

    assert len(first) <= 20
    assert len(again) <= len(first) - 6


def test_billing_within_its_targets_says_so_and_what_it_saves(settings):
    configure(settings, targets=settings.BILLING.targets.__class__(revenue_baseline=Decimal(100)))
    bill_tickets([closed_ticket("1.00").pk], at=CLOSED + timedelta(minutes=7))
    issue_invoices(list(Invoice.objects.values_list("pk", flat=True)), at=NOW, by="ann")
    counted(tickets=30, milliseconds=6000, amount_cents=240_000)
    counted(hours_ago=30, tickets=10, milliseconds=2000, by_hand=True, amount_cents=80_000)

    page = home(signed_in("viewer"))
    said = told(page)

    assert {label: (kpi.value, kpi.good) for label, kpi in said.items()} == {
        "Billing coverage": ("100 %", True), "Time to invoice": ("2 min", True),
        "Queue wait": ("0 s", True), "Job success": ("100 %", True), "Failures per 1000": ("0", True),
        "Job time": ("250 ms", True), "Tickets billed in 24 hours": ("30", None),
        "Billed without a person": ("75 %", None), "Hours saved": ("5", None), "Unbilled work": ("–", None),
        "Revenue in 30 days": ("80.00 EUR", None),
    }  # fmt: skip
    assert said["Time to invoice"].note == "half within 2 min; counted from closing 7 min and 7 min"
    assert said["Revenue in 30 days"].note == "-20.0 % against 100.00 EUR before"
    assert page.content.decode().count("within target") == 6


def test_billing_beyond_its_targets_is_told_in_a_word_not_by_colour_alone(settings):
    closed_ticket("2.00", client=ClientFactory.create(hourly_rate="90"), closed_at=NOW - timedelta(days=40))
    slow = closed_ticket("1.00", closed_at=NOW - timedelta(hours=3))
    bill_tickets([slow.pk], at=NOW - timedelta(minutes=30))
    held("no_rate")
    counted(tickets=90, within_ms=120_000, milliseconds=90 * 70_000)
    counted(tickets=10, outcome="failed", reason="DataError", currency="")

    page = home(signed_in("viewer"))
    said = told(page)

    beyond = ["Billing coverage", "Time to invoice", "Queue wait", "Job success", "Failures per 1000", "Job time"]
    assert [label for label, kpi in said.items() if kpi.good is False] == beyond
    values = ["50 %", "2 h 25 min", "39 days", "90 %", "100", "2 min"]
    assert [said[label].value for label in beyond] == values
    assert said["Failures per 1000"].note == "most often DataError"
    assert said["Unbilled work"].value == "180.00 EUR"
    assert page.content.decode().count("beyond target") == 6
    revenue, billed, unbilled, errors = page.context["graphs"]
    assert sum(one.values[-1] for one in billed.series) == 90
    assert [label for label, _texts in errors.rows] == ["DataError"]
    worth = ["0.00 EUR, 1 ticket", "-, 0 tickets", "180.00 EUR, 1 ticket", "-, 0 tickets"]
    assert [texts[0] for _label, texts in unbilled.rows] == worth
    assert len(revenue.rows) == 12


def test_revenue_is_told_by_week_for_automation_and_for_people():
    for weeks, by_hand, cents in ((0, False, 10_000), (0, True, 2_500), (11, False, 700), (12, False, 999)):
        counted(hours_ago=weeks * 7 * 24, by_hand=by_hand, amount_cents=cents)
    counted(currency="USD", amount_cents=5_000)

    chart = home(signed_in("viewer")).context["graphs"][0]

    assert [list(one.values) for one in chart.series] == [[700, *[0] * 10, 10_000], [0] * 11 + [2_500]]
    assert chart.rows[-1] == ("12 Jan", ["100.00 EUR", "25.00 EUR"])
    assert "Without what was billed in USD." in chart.text


def test_the_figures_are_those_of_a_minute_and_say_of_when():
    browser = signed_in("viewer")
    home(browser)
    counted(tickets=7)

    with time_machine.travel(NOW + timedelta(seconds=59), tick=False):
        kept = home(browser)
    with time_machine.travel(NOW + timedelta(seconds=60), tick=False):
        fresh = home(browser)

    assert (told(kept)["Tickets billed in 24 hours"].value, kept.context["measured_at"]) == ("0", NOW)
    assert "Figures of 09:00:00" in kept.content.decode()
    assert told(fresh)["Tickets billed in 24 hours"].value == "7"


def test_a_broker_that_is_away_is_said_and_stops_no_page(monkeypatch):
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")

    page = home(signed_in("viewer"))

    assert told(page)["Queue wait"].note == "the broker does not answer"


def test_stopped_automation_and_billing_switched_off_are_said_first(settings):
    configure(settings, ticket_billing_enabled=False)
    stop_automation(reason="stocktaking", by="ann", at=NOW)

    text = home(signed_in("viewer")).content.decode()

    assert "Automation is stopped." in text
    assert "Ticket billing is switched off." in text


def test_what_was_found_wrong_is_said_on_the_page_without_looking_again():
    assert "Something is wrong" not in home(signed_in("viewer")).content.decode()
    stop_automation(reason="Month end", by="anna", at=NOW)

    check_alerts()

    assert "Automation is stopped." in [alert.sentence for alert in home(signed_in("viewer")).context["alerts"].alerts]
    assert "Something is wrong" in home(signed_in("viewer")).content.decode()
