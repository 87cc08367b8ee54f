"""What people do in a day, as they do it: in the browser, each with the rights of their role."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Invoice
from tests.browser.conftest import PASSWORD
from tests.factories import NOW, closed_ticket
from tickets.billing import bill_tickets
from tickets.models import Ticket, TimeEntry

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("workers")]

AT_80 = re.compile(r"1\.25 h × 80\.00 EUR.* = 100\.00 EUR")


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
    expect(desk.page.get_by_text("yours: somebody else must decide")).to_be_visible()
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
