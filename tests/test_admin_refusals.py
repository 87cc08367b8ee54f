"""What the database refuses is said in the form, and what was typed stays there."""

from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.db import DatabaseError, connection
from django.urls import reverse

from accounts.desk.hours import HoursField
from accounts.desk.refusals import BUSY, sentence
from accounts.models import User
from contracts.models import Contract, Rate
from tests.desk import errors
from tests.factories import (
    NOW,
    ClientFactory,
    ContactFactory,
    ContractFactory,
    RateFactory,
    TicketFactory,
    TimeEntryFactory,
    UserFactory,
)
from tests.signing_in import signed_in
from tests.test_admin_actions import entry_form, form_of
from tickets.billing import bill_tickets
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def contract_form(contract, *rates, **changes):
    """The form of a contract with rows of its rate card."""
    form = {
        "client": contract.client_id, "external_id": contract.external_id, "status": "active",
        "start_on": "2026-01-01", "end_on": "", "strategy": "", "late_work": "supplement", "rollover_months": "0",
        "assignments-TOTAL_FORMS": "0", "assignments-INITIAL_FORMS": "0",
        "rates-TOTAL_FORMS": str(len(rates)), "rates-INITIAL_FORMS": "0",
    }  # fmt: skip
    for number, rate in enumerate(rates):
        form |= {f"rates-{number}-{name}": value for name, value in rate.items()}
        form |= {f"rates-{number}-id": "", f"rates-{number}-contract": contract.pk}
    return form | changes


def test_a_billed_entry_cannot_be_changed_and_the_form_says_where_it_is_billed():
    entry = TimeEntryFactory.create()
    bill_tickets([entry.ticket_id], at=NOW, by="ann")

    page = signed_in("technician").post(
        reverse("admin:tickets_timeentry_change", args=[entry.pk]), entry_form(entry, seconds_worked="3.75")
    )

    (refused,) = errors(page)
    assert refused.startswith(f"time entry {entry.external_id} is billed on draft")
    assert 'value="3.75"' in page.content.decode()
    assert not list(get_messages(page.wsgi_request))
    entry.refresh_from_db()
    assert entry.seconds_worked == 3600


def test_a_billed_ticket_does_not_move_to_another_client():
    ticket = TicketFactory.create()
    TimeEntryFactory.create(ticket=ticket)
    bill_tickets([ticket.pk], at=NOW, by="ann")

    page = signed_in("technician").post(
        reverse("admin:tickets_ticket_change", args=[ticket.pk]), form_of(ticket, client=ClientFactory.create().pk)
    )

    assert "cannot move to another client" in errors(page)[0]


def test_a_contact_of_another_client_is_an_error_of_its_field():
    ticket = TicketFactory.create()

    page = signed_in("technician").post(
        reverse("admin:tickets_ticket_change", args=[ticket.pk]), form_of(ticket, contact=ContactFactory.create().pk)
    )

    assert page.context["adminform"].form.errors["contact"] == ["this contact belongs to another client"]


def test_two_rates_for_the_same_time_are_refused_in_words():
    contract = ContractFactory.create()
    rate = {"work_type": "travel", "time_of_day": "", "hourly_rate": "55", "multiplier": "", "valid_from": "2026-01-01"}

    page = signed_in("clerk").post(
        reverse("admin:contracts_contract_change", args=[contract.pk]), contract_form(contract, rate, rate)
    )

    assert errors(page) == ["two rates for the same work and time of day are valid on the same day"]
    assert not Rate.objects.exists()


def test_the_terms_of_a_contract_are_typed_as_people_read_them():
    contract = ContractFactory.create()

    page = signed_in("clerk").post(
        reverse("admin:contracts_contract_change", args=[contract.pk]),
        contract_form(
            contract,
            strategy="mixed",
            included_seconds="20:30",
            minimum_seconds="0.25",
            business_hours='{"mon-fri": "8-9"}',
        ),
    )
    assert page.context["adminform"].form.errors.keys() == {"business_hours"}
    signed_in("clerk").post(
        reverse("admin:contracts_contract_change", args=[contract.pk]),
        contract_form(contract, strategy="mixed", included_seconds="20:30", minimum_seconds="0.25", business_hours=""),
    )

    contract.refresh_from_db()
    assert (contract.strategy, contract.included_seconds, contract.minimum_seconds) == ("mixed", 73800, 900)
    assert contract.business_hours is None


def test_an_unlimited_plan_counts_nothing():
    contract = ContractFactory.create()

    page = signed_in("clerk").post(
        reverse("admin:contracts_contract_change", args=[contract.pk]),
        contract_form(contract, included_tickets="5", unlimited_tickets="on"),
    )

    assert page.context["adminform"].form.errors["included_tickets"] == ["leave this empty where the plan is unlimited"]


def test_a_strategy_that_nobody_registered_is_refused():
    contract = ContractFactory.create()

    page = signed_in("clerk").post(
        reverse("admin:contracts_contract_change", args=[contract.pk]), contract_form(contract, strategy="by_moonlight")
    )

    assert "strategy" in page.context["adminform"].form.errors
    assert Contract.objects.get().strategy == ""


def test_a_fault_of_the_database_is_not_dressed_up_as_a_refusal(monkeypatch):
    def broken(*_, **__):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    monkeypatch.setattr("tickets.models.Expense.save", broken)
    ticket = TicketFactory.create()

    with pytest.raises(DatabaseError, match="division by zero"):
        signed_in("technician").post(
            reverse("admin:tickets_expense_add"),
            {"ticket": ticket.pk, "incurred_on": "2026-01-15", "description": "SSD", "quantity": "1", "unit_price": "9",
             "external_id": "x1", "tax_rate": ""},
        )  # fmt: skip


def test_a_lock_that_somebody_else_holds_is_said_so():
    problem = DatabaseError("lock")
    problem.__cause__ = type("Cause", (Exception,), {"diag": type("Diag", (), {"sqlstate": "55P03"})})()

    assert sentence(problem) == BUSY


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_somebody_else_works_on_is_not_closed_and_the_page_says_so(owner):
    held, free = TicketFactory.create(status="open"), TicketFactory.create(status="open")
    browser = signed_in()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")

    with owner.transaction():
        owner.execute("SELECT FROM tickets_ticket WHERE id = %s FOR UPDATE", [held.pk])
        chosen = {"action": "close", "_selected_action": [held.pk, free.pk], "confirmed": "yes"}
        answer = browser.post(reverse("admin:tickets_ticket_changelist"), chosen)

    connection.close()  # the next test waits as long as usual

    assert BUSY in [str(message) for message in get_messages(answer.wsgi_request)]
    assert [one.status for one in (Ticket.objects.get(pk=held.pk), Ticket.objects.get(pk=free.pk))] == [
        "open",
        "closed",
    ]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(5400, "1.50"), (1200, "0:20"), (61, "61 s"), (None, None), ("1:3", "1:3")]
)
def test_time_is_shown_so_that_it_can_be_typed_again(seconds, shown):
    field = HoursField()

    assert field.prepare_value(seconds) == shown


def test_time_that_was_typed_in_another_way_has_not_changed():
    assert not HoursField().has_changed(5400, "1:30")
    assert HoursField().has_changed(5400, "1:31")
    assert HoursField().has_changed(5400, "soon")


# People


def test_an_administrator_makes_people_with_a_role():
    signed_in("administrator").post(
        reverse("admin:accounts_user_add"),
        {"username": "kim", "role": "technician", "technician_id": "kim", "password1": "correct horse 9",
         "password2": "correct horse 9", "usable_password": "true"},
    )  # fmt: skip

    kim = User.objects.get(username="kim")
    assert (kim.role, kim.technician_id, kim.is_superuser) == ("technician", "kim", False)
    assert kim.check_password("correct horse 9")


def test_an_administrator_does_not_become_a_superuser():
    above = UserFactory.create(is_superuser=True)
    below = UserFactory.create(role="viewer")
    browser = signed_in("administrator")

    password = browser.post(
        reverse("admin:auth_user_password_change", args=[above.pk]), {"password1": "x", "password2": "x"}
    )
    changed = browser.post(reverse("admin:accounts_user_change", args=[above.pk]), {"username": "mine"})
    raised = browser.post(
        reverse("admin:accounts_user_change", args=[below.pk]),
        {"username": below.username, "role": "approver", "is_superuser": "on", "is_active": "on"},
    )

    below.refresh_from_db()
    assert (password.status_code, changed.status_code, raised.status_code) == (403, 403, 302)
    assert (below.role, below.is_superuser) == ("approver", False)


def test_a_rate_of_the_card_is_changed_in_the_page_of_its_contract():
    rate = RateFactory.create(work_type="travel")
    row = {
        "rates-0-id": rate.pk, "rates-0-contract": rate.contract_id, "rates-0-work_type": "travel",
        "rates-0-time_of_day": "", "rates-0-hourly_rate": "61.00", "rates-0-multiplier": "",
        "rates-0-valid_from": "2026-01-01", "rates-TOTAL_FORMS": "1", "rates-INITIAL_FORMS": "1",
    }  # fmt: skip

    signed_in("clerk").post(
        reverse("admin:contracts_contract_change", args=[rate.contract_id]), contract_form(rate.contract, **row)
    )

    rate.refresh_from_db()
    assert str(rate.hourly_rate) == "61.0000"
