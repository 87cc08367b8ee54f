"""Whoever finds a ticket that is not billed reads what to do about it, and gets there with one click."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import NOW, TicketFactory, TimeEntryFactory
from tests.signing_in import signed_in
from tickets.admin.next_steps import ADVICE
from tickets.billing import bill_tickets
from tickets.plan import HOLD_REASONS
from tickets.reasons import SENTENCES


def test_every_reason_to_hold_a_ticket_says_what_ends_it():
    assert set(HOLD_REASONS) <= set(ADVICE)
    assert set(ADVICE) <= set(SENTENCES)


@pytest.mark.django_db
def test_a_ticket_without_a_rate_leads_to_where_one_is_agreed_and_offers_no_button_to_bill_it():
    ticket = TicketFactory.create(client__hourly_rate=None)
    TimeEntryFactory.create(ticket=ticket)
    bill_tickets([ticket.pk], at=NOW, by="ann")
    browser = signed_in("clerk")

    page = browser.get(reverse("admin:tickets_ticket_change", args=[ticket.pk])).content.decode()
    question = browser.get(reverse("admin:tickets_ticket_bill_this", args=[ticket.pk])).content.decode()

    for shown in (page, question):
        assert "Agree an hourly rate" in shown
        assert f'href="{reverse("admin:contracts_client_change", args=[ticket.client_id])}"' in shown
        assert f"client__id__exact={ticket.client_id}" in shown
    assert "This ticket cannot be billed yet" in question
    assert 'name="confirmed"' in question
    assert '<button type="submit" class="desk-button">' not in question
    agreed = browser.get(reverse("admin:contracts_contract_changelist") + f"?client__id__exact={ticket.client_id}")
    assert agreed.status_code == 200


@pytest.mark.django_db
def test_nobody_is_led_to_a_page_that_is_not_theirs():
    ticket = TicketFactory.create(client__hourly_rate=None)
    TimeEntryFactory.create(ticket=ticket)
    bill_tickets([ticket.pk], at=NOW, by="ann")

    page = signed_in("technician").get(reverse("admin:tickets_ticket_change", args=[ticket.pk]))

    assert "Agree an hourly rate" in page.content.decode()
    for _title, address in page.context["step"].links:
        assert signed_in("technician").get(address).status_code == 200
