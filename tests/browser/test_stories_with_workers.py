"""What people have done for them: bulk issue and sending, months, automation, what if.

Real workers do it, and the pages are waited for as people wait for them: they show themselves again.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone, translation
from playwright.sync_api import expect

from contracts.models import Client
from gateway_billing.models import MonthRun
from invoicing.models import Invoice, KillSwitch
from invoicing.switches import stop_automation
from tests.browser.workers import EVERYBODY
from tests.factories import NOW, ClientFactory, ContractFactory, closed_ticket, configure
from tests.gateway_factories import CallFactory, CompanyFactory, FeeScheduleFactory
from tickets.billing import bill_tickets
from tickets.models import ManualBill, ShadowBill, Ticket

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

JANUARY = "2026-01-01T00:00"


def test_a_clerk_issues_and_sends_watches_how_far_it_is_and_gets_the_money(desk, workers):
    for name, delivery in (("Brauer GmbH", "email"), ("Nordlicht AG", "email"), ("Weber Recht", "stripe")):
        ticket = closed_ticket("1.10", client__name=name, client__delivery=delivery, client__e_invoice="none")
        bill_tickets([ticket.pk], at=NOW, by="system")
    desk.sign_in("clerk", "carl")
    desk.open("invoicing/invoice/?status__exact=draft")

    desk.choose("issue")
    expect(desk.page.get_by_text("Issue 3 documents?").first).to_be_visible()
    expect(desk.page.get_by_text("357.00 EUR").last).to_be_visible()
    with workers.busy():
        desk.confirm("Issue now")
        expect(desk.page.get_by_text("Waits for a worker.")).to_be_visible()
        expect(desk.page.get_by_role("progressbar")).to_be_visible()
    # The page shows itself again.
    expect(desk.page.get_by_text("3 documents were issued: 357.00 EUR.")).to_be_visible()

    desk.open("invoicing/invoice/")
    desk.choose("send", "Brauer GmbH", "Weber Recht")
    expect(desk.page.get_by_text("Send 2 documents?").first).to_be_visible()
    desk.confirm("Send now")
    expect(desk.page.get_by_text(re.compile("2 documents"))).to_be_visible()
    workers.wait(lambda: workers.postbox.taken and workers.stripe.objects("invoice", status="open"))
    (taken,) = workers.postbox.taken
    assert (taken.recipients, [one.get_content_type() for one in taken.message.iter_attachments()]) == (
        [EVERYBODY], ["application/pdf"],
    )  # fmt: skip
    (there,) = workers.stripe.objects("invoice")
    assert there["total"] == 11900

    workers.stripe.customer_pays(there["id"])
    workers.finish()  # an event of what nobody knows yet would wait for the next beat
    workers.stripe.deliver()
    workers.wait(Invoice.objects.filter(status="paid").exists)
    desk.open("invoicing/invoice/?status__exact=paid")
    desk.page.get_by_role("link", name=there["number"]).click()
    expect(desk.page.locator("#payments").get_by_text("119.00 EUR")).to_be_visible()
    assert sorted(Invoice.objects.values_list("status", flat=True)) == ["open", "open", "paid"]


def test_a_clerk_tries_a_month_runs_it_and_issues_its_invoices(desk, workers):
    # Else the months would be run as soon as their usage is there.
    stop_automation(reason="the first months are run by hand", by="ada", at=NOW)
    for name in ("Nordwest Partner", "Südost Partner"):
        company = CompanyFactory.create(managed_by__name=name, name=f"Company of {name}")
        FeeScheduleFactory.create(company=company)
        CallFactory.create(company=company)
    desk.sign_in("clerk", "carl")
    desk.open("gateway/months/2026-01/")
    before = desk.page.locator("#content-main")
    expect(before.get_by_text("Missing").first).to_be_visible()

    before.get_by_role("button", name="Dry run…").click()
    with workers.busy():
        desk.confirm("Dry run")
        expect(desk.page.get_by_role("progressbar")).to_be_visible()
    expect(desk.page.get_by_text("Nothing was written.")).to_be_visible()
    assert not MonthRun.objects.exists()
    assert not Invoice.objects.exists()
    desk.page.get_by_role("link", name="All partners in 2026-01").click()
    expect(desk.page.get_by_text(re.compile("Planned by the last dry run"))).to_contain_text("2.40 EUR")

    desk.page.get_by_role("button", name="Run…", exact=True).click()
    desk.confirm("Run")
    expect(desk.page.get_by_role("progressbar")).to_have_count(0)
    desk.page.get_by_role("link", name="All partners in 2026-01").click()
    expect(desk.page.get_by_text("Drafted").first).to_be_visible()
    desk.page.get_by_role("link", name="draft", exact=True).first.click()
    desk.verb("Issue…")
    desk.confirm("Issue now")

    expect(desk.page.get_by_text(re.compile(r"Issued AGG-.*-001: 1\.43 EUR"))).to_be_visible()
    assert MonthRun.objects.count() == 2
    assert sorted(Invoice.objects.values_list("status", flat=True)) == ["draft", "open"]


def pilot(name: str, number: int) -> Client:
    """A client whose tickets are billed by hand elsewhere, a document for each."""
    client = ClientFactory.create(name=name, automation="off")
    contract = ContractFactory.create(client=client, grouping="per_ticket")
    for _ in range(number):
        closed_ticket("1.10", client=client, contract=contract)
    return client


def test_an_administrator_pilots_three_clients_then_goes_live(desk, workers, settings):
    configure(settings, delay_minutes=0)
    first, second, third = pilot("Brauer GmbH", 10), pilot("Nordlicht AG", 10), pilot("Weber Recht", 2)
    others = ClientFactory.create(name="Zuse KG", automation="off")
    desk.sign_in("administrator", "ada")
    desk.page.get_by_role("link", name="Enrolment").click()

    desk.enrol("Shadow", first, second, third, starts=JANUARY)
    expect(desk.page.get_by_text("3 clients enrolled.")).to_be_visible()
    workers.sweep()
    assert ShadowBill.objects.count() == 22
    assert not Invoice.objects.exists()
    for ticket in Ticket.objects.filter(client__in=[first, second, third]):
        ManualBill.objects.create(external_id=f"m{ticket.pk}", ticket=ticket, amount_cents=10000, reference="A 7")
    ManualBill.objects.filter(ticket__client=third).update(amount_cents=8800)

    desk.page.get_by_role("link", name="Weber Recht").click()
    expect(desk.page.locator(".desk-verdict-head")).to_contain_text("Not yet.")
    expect(desk.page.get_by_text("Differs").first).to_be_visible()
    desk.page.get_by_role("link", name="Enrolment of clients").first.click()
    desk.page.get_by_role("link", name="Brauer GmbH").click()
    expect(desk.page.locator(".desk-verdict-head")).to_contain_text("Ready to go live.")
    desk.page.get_by_role("link", name="Enrolment of clients").first.click()
    desk.enrol("Auto", first, second)
    with transaction.atomic():
        closed = closed_ticket("1.10", number="live", client=first, closed_at=timezone.now())
    # Closing it has sent a message.
    workers.wait(Ticket.objects.filter(pk=closed.pk, billing_status="billed").exists)

    desk.open(f"tickets/ticket/{closed.pk}/change/")
    expect(desk.page.locator(".desk-verdict-head")).to_contain_text("Billed")
    workers.sweep()
    assert Invoice.objects.get().status == "open"

    desk.page.get_by_role("link", name="Automation", exact=True).click()
    desk.verb("Stop…")
    desk.confirm("Stop automation", reason="an odd price")
    expect(desk.page.get_by_text("Automation is stopped. What is pending stays pending.")).to_be_visible()
    with transaction.atomic():
        waits = closed_ticket("1.10", number="waits", client=second, closed_at=timezone.now())
    workers.sweep()
    waits.refresh_from_db()
    assert waits.billing_status == "unbilled"
    assert KillSwitch.objects.get().on
    desk.page.get_by_role("link", name="Resume…").click()
    desk.confirm("Resume", reason="the price was right")
    expect(desk.page.get_by_text("Automation goes on with everything that is pending.")).to_be_visible()
    workers.sweep()

    waits.refresh_from_db()
    found = {client.pk: client.automation for client in Client.objects.all()}
    assert found == {first.pk: "auto", second.pk: "auto", third.pk: "shadow", others.pk: "off"}
    assert waits.billing_status == "billed"
    assert Invoice.objects.filter(status="open").count() == 2


def german(text: str) -> str:
    with translation.override("de"):
        assert translation.gettext(text) != text
        return translation.gettext(text)


@pytest.mark.parametrize("desk", ["german"], indirect=True)
def test_a_clerk_whose_browser_speaks_german_bills_and_issues_in_german(desk, workers):
    closed_ticket("1.10", number="4711", client__automation="off", client__name="Brauer GmbH")
    desk.sign_in("clerk", "carl")
    page = desk.page
    assert page.locator("html").get_attribute("lang") == "de"

    page.get_by_role("link", name="Tickets", exact=True).click()
    page.get_by_role("link", name="4711").click()
    expect(page.get_by_text(german("What billing would do now"))).to_be_visible()
    desk.verb(german("Generate invoice…"))
    desk.confirm(german("Bill now"), reason="auf Wunsch")
    expect(page.get_by_text(re.compile("4711: 100,00 EUR"))).to_be_visible()
    desk.open("invoicing/invoice/")
    desk.choose("issue", "Brauer GmbH", run=german("Run"))
    with workers.busy():
        desk.confirm(german("Issue now"))
        expect(page.get_by_text(german("Waits for a worker."))).to_be_visible()

    expect(page.get_by_text(re.compile("1 Beleg .*119,00 EUR"))).to_be_visible()
    assert Invoice.objects.get().status == "open"


def test_whoever_looks_asks_what_other_terms_would_have_come_to_and_waits_for_it(desk, workers, monkeypatch):
    monkeypatch.setattr("tickets.admin.what_if.MOST_AT_ONCE", 0)
    contract = ContractFactory.create(client__automation="off", hourly_rate="80")
    last_month = timezone.now().replace(day=1, hour=0) - timedelta(days=3)
    closed_ticket("1.10", number="4711", client=contract.client, contract=contract, closed_at=last_month)
    desk.sign_in("viewer", "vera")
    desk.open(f"contracts/contract/{contract.pk}/change/")

    desk.verb("What if…")
    desk.page.fill("[name=hourly_rate]", "90")
    with workers.busy():
        desk.page.get_by_role("button", name="Compare").click()
        expect(desk.page.get_by_role("progressbar")).to_be_visible()

    expect(desk.page.get_by_text("1 ticket would have come to something else")).to_be_visible()
    row = desk.page.get_by_role("row", name=re.compile("4711"))
    expect(row).to_contain_text(re.compile(r"100\.00 EUR.*112\.50 EUR"))
    assert not Invoice.objects.exists()
