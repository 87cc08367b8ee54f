"""The first admin in a real browser: see why, bill, issue; and who may not, cannot."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from invoicing.models import Invoice
from tests.factories import NOW, ExpenseFactory, TicketFactory, TimeEntryFactory
from tickets.billing import bill_tickets

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def work(**fields):
    ticket = TicketFactory.create(**fields)
    TimeEntryFactory.create(ticket=ticket, hours="1.10", description="Mailbox repaired")
    return ticket


def test_a_wrong_password_is_refused(desk):
    desk.page.goto(f"{desk.home}/admin/")
    desk.page.fill("#id_username", "nobody")
    desk.page.fill("#id_password", "wrong")
    desk.page.click("form button[type=submit]")

    expect(desk.page.get_by_text("Please enter the correct username and password")).to_be_visible()


@pytest.mark.parametrize("desk", ["light", "dark"], indirect=True)
def test_a_viewer_sees_a_ticket_and_why_it_was_billed_so(desk):
    ticket = work(number="4711")
    ExpenseFactory.create(ticket=ticket)
    bill_tickets([ticket.pk], at=NOW, by="ann")
    desk.sign_in("viewer", "vera")

    desk.page.locator("a[href='/admin/tickets/ticket/']").first.click()
    desk.page.get_by_role("link", name="4711").click()

    expect(desk.page.get_by_text("rounded up to steps of 15 min: 1.25 h")).to_be_visible()
    expect(desk.page.get_by_text(re.compile(r"1\.25 h × 80\.00 EUR.* = 100\.00 EUR"))).to_be_visible()
    expect(desk.page.get_by_role("link", name="Bill now")).to_have_count(0)
    expect(desk.page.get_by_role("button", name="Save")).to_have_count(0)
    background = desk.page.evaluate("getComputedStyle(document.querySelector('.desk-panel')).backgroundColor")
    assert (background == "rgb(255, 255, 255)") is not desk.page.evaluate(
        "matchMedia('(prefers-color-scheme: dark)').matches"
    )


def test_a_clerk_bills_several_tickets_from_the_list(desk):
    for number in ("4711", "4712"):
        work(number=number)
    desk.sign_in("clerk", "carl")
    desk.open("tickets/ticket/")

    desk.page.locator("#action-toggle").check()
    desk.page.select_option("select[name=action]", "bill_now")
    desk.page.get_by_role("button", name=re.compile("Run|Go")).click()
    expect(desk.page.get_by_text("Bill 2 of 2 tickets?").first).to_be_visible()
    desk.page.fill("input[name=reason]", "they asked for it")
    desk.page.get_by_role("button", name="Bill now").click()

    expect(desk.page.get_by_text("Tickets: 2 charged; 200.00 EUR.")).to_be_visible()


def test_a_clerk_issues_a_draft(desk):
    bill_tickets([work().pk], at=NOW, by="ann")
    draft = Invoice.objects.get()
    desk.sign_in("clerk", "carl")
    desk.open(f"invoicing/invoice/{draft.pk}/change/")

    expect(desk.page.get_by_text("A draft: tax and total are what issuing it now would make.")).to_be_visible()
    desk.page.get_by_role("link", name="Issue").click()
    expect(desk.page.get_by_text("can be issued")).to_be_visible()
    desk.page.get_by_role("button", name="Issue now").click()

    expect(desk.page.get_by_text(re.compile(r"Issued INV-\d{4}-00001: 119.00 EUR"))).to_be_visible()
    expect(desk.page.get_by_role("link", name="Issue")).to_have_count(0)


def test_a_viewer_cannot_act(desk):
    ticket = work()
    bill_tickets([ticket.pk], at=NOW, by="ann")
    draft = Invoice.objects.get()
    desk.sign_in("viewer", "vera")

    for path in ("tickets/ticket/", "invoicing/invoice/"):
        desk.open(path)
        expect(desk.page.locator("select[name=action]")).to_have_count(0)
    answer = desk.page.request.get(f"{desk.home}/admin/invoicing/invoice/{draft.pk}/issue_this/")

    assert answer.status == 403
