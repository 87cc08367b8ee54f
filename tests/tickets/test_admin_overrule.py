"""People overrule how tickets are billed: with permission, after they saw what it comes to, with a reason, once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing.models import AuditEntry, Invoice
from tests.desk import said
from tests.factories import NOW, ContractFactory, TicketFactory, TimeEntryFactory, closed_ticket
from tests.signing_in import signed_in
from tickets.billing import bill_tickets
from tickets.models import Ticket
from tickets.overrides import hold_ticket, set_rate

pytestmark = pytest.mark.django_db

LIST = "admin:tickets_ticket_changelist"
YES = {"confirmed": "yes", "reason": "agreed by phone"}


def address(ticket, verb):
    return reverse(f"admin:tickets_ticket_{verb}_this", args=[ticket.pk])


def page_of(browser, ticket):
    return browser.get(reverse("admin:tickets_ticket_change", args=[ticket.pk])).content.decode()


def seen_in(page):
    return page.context["question"].seen


def test_T_21_a_ticket_is_held_released_and_waived_with_its_reason_in_the_trail():
    ticket, browser = closed_ticket("1.00", number="52"), signed_in("approver", username="ann")

    for verb, told, state in (
        ("hold", "Ticket 52 is held back.", "held"),
        ("release", "Ticket 52 waits to be billed.", "unbilled"),
        ("waive", "Billing of ticket 52 is waived.", "waived"),
    ):
        asked = browser.get(address(ticket, verb))
        silent = browser.post(address(ticket, verb), {"confirmed": "yes", "reason": " "})
        assert "80.00 EUR" in asked.content.decode()
        assert "This field is required." in silent.content.decode()
        assert said(browser.post(address(ticket, verb), {**YES, "seen": seen_in(asked)}))[-1] == told
        ticket.refresh_from_db()
        assert ticket.billing_status == state

    trail = AuditEntry.objects.filter(
        subject_kind="ticket", action__in=["ticket.held", "ticket.released", "ticket.waived"]
    )
    assert {(entry.by, entry.reason) for entry in trail} == {("ann", "agreed by phone")}
    assert trail.count() == 3


def test_forcing_shows_and_bills_the_same_amount_and_a_second_click_bills_nothing():
    ticket, browser = closed_ticket("1.00", number="52", billable=False), signed_in("approver")

    asked = browser.get(address(ticket, "force"))
    answer = {**YES, "seen": seen_in(asked)}
    first, second = browser.post(address(ticket, "force"), answer), browser.post(address(ticket, "force"), answer)

    assert "Charge</strong> 80.00 EUR" in asked.content.decode()
    assert said(first) == ["Ticket 52: 80.00 EUR went on a draft."]
    assert said(second)[-1] == "Nothing was done: ticket 52 is billed."
    assert Invoice.objects.get().subtotal_cents == 8000
    assert AuditEntry.objects.filter(action="ticket.forced").count() == 1


def test_a_rate_is_tried_out_before_it_is_set_and_counts_from_then_on():
    ticket, browser = closed_ticket("1.00", number="52"), signed_in("approver")

    tried = browser.post(address(ticket, "rate"), {**YES, "rate": "95.50", "preview": "yes"})
    ticket.refresh_from_db()
    assert (ticket.hourly_rate_override, "95.50 EUR" in tried.content.decode()) == (None, True)
    wrong = browser.post(address(ticket, "rate"), {**YES, "rate": "-1"})
    done = browser.post(address(ticket, "rate"), {**YES, "rate": "95.50", "seen": seen_in(tried)})
    again = browser.post(address(ticket, "rate"), {**YES, "rate": "95.50", "seen": seen_in(tried)})

    ticket.refresh_from_db()
    assert "greater than or equal to 0" in wrong.content.decode()
    assert said(done) == ["Ticket 52 has its rate."]
    assert "Something has changed" in again.content.decode()
    assert ticket.hourly_rate_override == Decimal("95.5")
    assert AuditEntry.objects.filter(action="ticket.rate").count() == 1
    assert "as agreed → 95.50" in page_of(browser, ticket)


def test_a_strategy_is_chosen_from_those_there_are():
    contract = ContractFactory.create(per_ticket_rate="50", hourly_rate="90")
    ticket, browser = closed_ticket("1.00", client=contract.client), signed_in("approver")

    tried = browser.post(address(ticket, "strategy"), {**YES, "strategy": "per_ticket", "preview": "yes"})
    wrong = browser.post(address(ticket, "strategy"), {**YES, "strategy": "by_moonlight"})
    browser.post(address(ticket, "strategy"), {**YES, "strategy": "per_ticket"})

    ticket.refresh_from_db()
    assert "50.00 EUR, per ticket" in tried.content.decode()
    assert "Select a valid choice" in wrong.content.decode()
    assert ticket.strategy_override == "per_ticket"


def test_a_form_that_lay_open_overrules_nothing_that_has_changed_since():
    ticket, browser = closed_ticket("1.00", number="52"), signed_in("approver")
    asked = browser.get(address(ticket, "waive"))
    TimeEntryFactory.create(ticket=ticket, hours="2.00")

    stale = browser.post(address(ticket, "waive"), {**YES, "seen": seen_in(asked)})
    assert "Something has changed" in stale.content.decode()
    assert "240.00 EUR" in stale.content.decode()
    bill_tickets([ticket.pk], at=NOW, by="ann")
    late = browser.post(address(ticket, "waive"), {**YES, "seen": seen_in(stale)})

    ticket.refresh_from_db()
    assert said(late) == ["Nothing was done: ticket 52 is billed."]
    assert ticket.billing_status == "billed"


def test_work_that_was_logged_after_the_preview_is_shown_before_it_is_billed():
    ticket, browser = closed_ticket("1.00"), signed_in("clerk")
    asked = browser.get(address(ticket, "bill"))
    TimeEntryFactory.create(ticket=ticket, hours="2.00", status="draft")
    TimeEntryFactory.create(ticket=ticket, hours="2.00")

    stale = browser.post(address(ticket, "bill"), {**YES, "seen": seen_in(asked)})
    assert not Invoice.objects.exists()
    browser.post(address(ticket, "bill"), {**YES, "seen": seen_in(stale)})

    assert "240.00 EUR" in stale.content.decode()
    assert "1 entry is a draft." in stale.content.decode()
    assert Invoice.objects.get().subtotal_cents == 24000


def test_billing_switched_off_overrules_nothing(monkeypatch):
    from invoicing.switches import BillingDisabled

    def off():
        raise BillingDisabled

    monkeypatch.setattr("tickets.overrides.ensure_enabled", off)
    ticket = closed_ticket("1.00")

    page = signed_in("approver").post(address(ticket, "hold"), YES)

    assert "switched off" in said(page)[0]
    assert Ticket.objects.get().billing_status == "unbilled"


@pytest.mark.parametrize(
    ("role", "may"),
    [("technician", set()), ("clerk", {"hold", "release"}),
     ("approver", {"hold", "release", "waive", "force", "strategy", "rate"})],
)  # fmt: skip
def test_T_21_who_may_not_overrule_neither_sees_the_buttons_nor_gets_through(role, may):
    open_one, held = closed_ticket("1.00"), closed_ticket("1.00")
    hold_ticket(held.pk, reason="unclear", by="ann", at=NOW)
    browser = signed_in(role)
    pages = page_of(browser, open_one) + page_of(browser, held)

    for verb in ("hold", "release", "waive", "force", "strategy", "rate"):
        ticket = held if verb == "release" else open_one
        assert (address(ticket, verb) in pages) is (verb in may), verb
        assert verb in may or browser.post(address(ticket, verb), YES).status_code == 403, verb
    assert sorted(Ticket.objects.values_list("billing_status", flat=True)) == ["held", "unbilled"]


def test_several_tickets_are_held_at_once_and_what_is_refused_says_why():
    tickets = [closed_ticket("1.00"), closed_ticket("1.00")]
    bill_tickets([tickets[1].pk], at=NOW, by="ann")
    browser, chosen = signed_in("clerk"), {"action": "hold", "_selected_action": [one.pk for one in tickets]}

    asked = browser.post(reverse(LIST), chosen)
    done = browser.post(reverse(LIST), {**chosen, **YES})

    assert "Hold: 2 tickets?" in asked.content.decode()
    refused, held = said(done)
    assert ("is billed and cannot be held" in refused, held) == (True, "Hold: 1 ticket.")
    assert sorted(Ticket.objects.values_list("billing_status", flat=True)) == ["billed", "held"]


def test_the_history_of_a_ticket_tells_everything_in_order_and_in_words():
    ticket = closed_ticket("1.00", number="52")
    set_rate(ticket.pk, Decimal(90), reason="agreed", by="ann", at=NOW)
    bill_tickets([ticket.pk], at=NOW, by="ann", by_hand=True, reason="asked for")
    hostile = TicketFactory.create(client=ticket.client, subject="<script>alert(1)</script>")

    page, other = (page_of(signed_in("viewer"), one) for one in (ticket, hostile))

    told = page[page.index("Billing history") :]
    assert told.index("The rate was set: as agreed → 90") < told.index("Billed: 90.00 EUR; 1 time entry")
    assert told.count("1 time entry") == 1
    assert "<script>alert(1)" not in other
    assert "No time and no expenses yet" in other


def test_the_page_of_a_ticket_shows_its_contract_and_what_is_left_of_it():
    contract = ContractFactory.create(included_seconds=7200, hourly_rate="90", external_id="prepaid")
    ticket = closed_ticket("1.50", client=contract.client)
    bill_tickets([ticket.pk], at=NOW, by="ann")
    torn = closed_ticket("1.00", client=contract.client)
    ContractFactory.create(client=contract.client, external_id="second")
    browser = signed_in("viewer")

    shown = browser.get(reverse("admin:tickets_ticket_change", args=[ticket.pk])).context["bound"]
    Ticket.objects.filter(pk=torn.pk).update(contract=contract)
    with CaptureQueriesContext(connection) as queries:
        own = browser.get(reverse("admin:tickets_ticket_change", args=[torn.pk])).context["bound"]

    assert "prepaid, second" in shown.problem
    (hours,) = own.month.allowances
    assert (own.name, own.month.month, own.terms) == ("prepaid", "2026-01", "90.00 EUR per hour")
    assert (hours.granted, hours.used, hours.left) == ("2.00 h", "1.50 h", "0.50 h")
    assert len(queries) <= 40
