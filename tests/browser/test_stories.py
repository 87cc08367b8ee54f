"""What people do in a day, as they do it: in the browser, each with the rights of their role."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from contracts.models import Client
from gateway_billing.models import MonthRun
from invoicing.jobs import run_waiting
from invoicing.lifecycle.automatic import issue_automatic_drafts
from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Invoice, Job, KillSwitch, Mail
from invoicing.switches import AutomationOff
from tests.factories import NOW, ClientFactory, ContractFactory, closed_ticket
from tests.gateway_factories import CallFactory, CompanyFactory, FeeScheduleFactory
from tickets import automation
from tickets.billing import bill_tickets
from tickets.models import ManualBill, ShadowBill, Ticket, TimeEntry

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AT_80 = re.compile(r"1\.25 h × 80\.00 EUR.* = 100\.00 EUR")
PASSWORD = "correct horse battery"
JANUARY = "2026-01-01T00:00"


def a_worker_works() -> None:
    """What beat and the workers do between two looks at a page, an hour apart."""
    soon = timezone.now() + timedelta(hours=1)
    run_waiting()
    for _ in automation.sweep(at=soon):
        pass
    issue_automatic_drafts(at=soon)


def test_a_clerk_bills_a_ticket_by_hand(desk):
    closed_ticket("1.10", number="4711", client__automation="off", client__name="Brauer GmbH")
    desk.sign_in("clerk", "carl")

    desk.page.get_by_role("link", name="Tickets", exact=True).click()
    desk.page.get_by_role("link", name="4711").click()
    expect(desk.page.get_by_text("What billing would do now")).to_be_visible()
    desk.verb("Generate invoice…")
    expect(desk.page.get_by_text(AT_80)).to_be_visible()
    assert not Invoice.objects.exists()
    desk.confirm("Bill now", reason="they asked for it")

    expect(desk.page.get_by_text("Ticket 4711: 100.00 EUR went on a draft.")).to_be_visible()
    expect(desk.page.locator(".desk-verdict-head")).to_contain_text("Billed")
    expect(desk.page.get_by_role("link", name="Generate invoice…")).to_have_count(0)
    expect(desk.page.get_by_text("they asked for it")).to_be_visible()
    assert (Ticket.objects.get().billing_status, Invoice.objects.get().status) == ("billed", "draft")


def test_an_approver_approves_the_time_of_others_and_rejects_with_a_reason(desk):
    for technician in ("kim", "lee", "amira"):
        work = closed_ticket("1.00", number=f"of {technician}", client__name="Brauer GmbH")
        TimeEntry.objects.filter(ticket=work).update(technician=technician, description=f"work of {technician}")
    desk.sign_in("approver", "anna", technician_id="amira")

    desk.page.get_by_role("link", name="To approve").click()
    expect(desk.page.get_by_text("logged by you: somebody else must decide")).to_be_visible()
    desk.choose("reject", "work of lee")
    expect(desk.page.get_by_text("Reject these time entries?").first).to_be_visible()
    desk.confirm("Reject", reason="was warranty")
    expect(desk.page.get_by_text("1 rejected.")).to_be_visible()
    desk.choose("approve")

    expect(desk.page.get_by_text("1 approved.")).to_be_visible()
    expect(desk.page.get_by_text("work of amira")).to_be_visible()
    found = dict(TimeEntry.objects.values_list("technician", "status"))
    assert found == {"kim": "approved", "lee": "rejected", "amira": "submitted"}
    assert TimeEntry.objects.get(technician="lee").decision_reason == "was warranty"


def test_a_clerk_issues_and_sends_and_watches_how_far_it_is(desk):
    for name in ("Brauer GmbH", "Nordlicht AG", "Weber Recht"):
        bill_tickets([closed_ticket("1.10", client__name=name).pk], at=NOW, by="system")
    desk.sign_in("clerk", "carl")
    desk.open("invoicing/invoice/?status__exact=draft")

    desk.choose("issue")
    expect(desk.page.get_by_text("Issue 3 documents?").first).to_be_visible()
    expect(desk.page.get_by_text("357.00 EUR").last).to_be_visible()
    desk.confirm("Issue now")
    expect(desk.page.get_by_text("Waits for a worker.")).to_be_visible()
    expect(desk.page.get_by_role("progressbar")).to_be_visible()
    a_worker_works()
    # The page shows itself again.
    expect(desk.page.get_by_text("3 documents were issued: 357.00 EUR.")).to_be_visible()

    desk.open("invoicing/invoice/")
    desk.choose("send", "Brauer GmbH", "Weber Recht")
    expect(desk.page.get_by_text("Send 2 documents?").first).to_be_visible()
    desk.confirm("Send now")
    Job.objects.filter(status="queued").update(status="running", total=2, done=1)
    expect(desk.page.get_by_text("1 of 2 done.")).to_be_visible()
    a_worker_works()

    expect(desk.page.get_by_text(re.compile("2 documents"))).to_be_visible()
    assert sorted(Invoice.objects.values_list("status", flat=True)) == ["open"] * 3
    assert Mail.objects.filter(purpose="document").count() == 2


def test_an_approver_cancels_a_document_with_the_password_and_it_bills_again(desk):
    ticket = closed_ticket("1.10", number="4711", client__name="Brauer GmbH")
    bill_tickets([ticket.pk], at=NOW, by="system")
    document = Invoice.objects.get()
    issue_invoices([document.pk], at=NOW, by="carl")
    document.refresh_from_db()
    desk.sign_in("approver", "anna")
    desk.forget_the_password()
    desk.open(f"invoicing/invoice/{document.pk}/change/")

    desk.verb("Void…")
    desk.page.get_by_label("Your password").fill("wrong")
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_text("This is not your password.")).to_be_visible()
    desk.page.get_by_label("Your password").fill(PASSWORD)
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_text("What the cancellation says")).to_be_visible()
    desk.page.select_option("[name=then]", "bill")
    desk.confirm("Cancel the document", reason="wrong recipient")
    expect(desk.page.get_by_text(re.compile(f"{document.number} is cancelled by"))).to_be_visible()

    desk.open(f"tickets/ticket/{ticket.pk}/change/")
    expect(desk.page.get_by_text("wrong recipient").first).to_be_visible()
    desk.verb("Generate invoice…")
    desk.confirm("Bill now", reason="to the right recipient")

    expect(desk.page.get_by_text("Ticket 4711: 100.00 EUR went on a draft.")).to_be_visible()
    documents = Invoice.objects.order_by("pk").values_list("kind", "status", "total_cents")
    assert list(documents)[:2] == [("invoice", "void", 11900), ("cancellation", "paid", -11900)]
    assert list(documents)[2][:2] == ("invoice", "draft")


def test_a_clerk_tries_a_month_runs_it_and_issues_its_invoices(desk):
    for name in ("Nordwest Partner", "Südost Partner"):
        company = CompanyFactory.create(managed_by__name=name, name=f"Company of {name}")
        FeeScheduleFactory.create(company=company)
        CallFactory.create(company=company)
    desk.sign_in("clerk", "carl")
    desk.open("gateway/months/2026-01/")
    before = desk.page.locator("#content-main")
    expect(before.get_by_text("Missing").first).to_be_visible()

    before.get_by_role("button", name="Dry run…").click()
    desk.confirm("Dry run")
    a_worker_works()
    expect(desk.page.get_by_text("Nothing was written.")).to_be_visible()
    assert not MonthRun.objects.exists()
    assert not Invoice.objects.exists()
    desk.page.get_by_role("link", name="All partners in 2026-01").click()
    expect(desk.page.get_by_text(re.compile("Planned by the last dry run"))).to_contain_text("2.40 EUR")

    desk.page.get_by_role("button", name="Run…", exact=True).click()
    desk.confirm("Run")
    a_worker_works()
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


def test_an_administrator_pilots_three_clients_then_goes_live(desk):
    first, second, third = pilot("Brauer GmbH", 10), pilot("Nordlicht AG", 10), pilot("Weber Recht", 2)
    others = ClientFactory.create(name="Zuse KG", automation="off")
    desk.sign_in("administrator", "ada")
    desk.page.get_by_role("link", name="Enrolment").click()

    desk.enrol("Shadow", first, second, third, starts=JANUARY)
    expect(desk.page.get_by_text("3 clients enrolled.")).to_be_visible()
    a_worker_works()
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
    closed = closed_ticket("1.10", number="live", client=first, closed_at=timezone.now())
    a_worker_works()

    desk.open(f"tickets/ticket/{closed.pk}/change/")
    expect(desk.page.locator(".desk-verdict-head")).to_contain_text("Billed")
    assert Invoice.objects.get().status == "open"

    desk.page.get_by_role("link", name="Automation", exact=True).click()
    desk.verb("Stop…")
    desk.confirm("Stop automation", reason="an odd price")
    expect(desk.page.get_by_text("Automation is stopped. What is pending stays pending.")).to_be_visible()
    waits = closed_ticket("1.10", number="waits", client=second, closed_at=timezone.now())
    with pytest.raises(AutomationOff):
        a_worker_works()
    waits.refresh_from_db()
    assert waits.billing_status == "unbilled"
    assert KillSwitch.objects.get().on
    desk.page.get_by_role("link", name="Resume…").click()
    desk.confirm("Resume", reason="the price was right")
    expect(desk.page.get_by_text("Automation goes on with everything that is pending.")).to_be_visible()
    a_worker_works()

    waits.refresh_from_db()
    found = {client.pk: client.automation for client in Client.objects.all()}
    assert found == {first.pk: "auto", second.pk: "auto", third.pk: "shadow", others.pk: "off"}
    assert waits.billing_status == "billed"
    assert Invoice.objects.filter(status="open").count() == 2


@pytest.mark.parametrize("role", ["technician", "viewer"])
def test_whoever_looks_finds_out_why_a_ticket_was_not_billed(desk, role):
    long = closed_ticket("9.00", number="4711")
    internal = closed_ticket("1.00", number="4712", internal=True)
    bill_tickets([long.pk, internal.pk], at=NOW, by="system")
    desk.sign_in(role, "vera")

    desk.open("tickets/ticket/")
    desk.page.fill("#searchbar", "4711")
    desk.page.keyboard.press("Enter")
    desk.page.get_by_role("link", name="4711").click()
    expect(desk.page.locator(".desk-verdict-head")).to_contain_text(re.compile("Held.*approv", re.IGNORECASE))
    expect(desk.page.get_by_text(re.compile("9.00 h")).first).to_be_visible()
    expect(desk.page.get_by_role("link", name="Approve and bill…")).to_have_count(0)
    desk.open("tickets/ticket/?billing_reason=internal")
    desk.page.get_by_role("link", name="4712").click()

    expect(desk.page.locator(".desk-verdict-head")).to_contain_text(re.compile("internal", re.IGNORECASE))
    expect(desk.page.get_by_role("link", name="Waive…")).to_have_count(0)
    assert not Invoice.objects.exists()
