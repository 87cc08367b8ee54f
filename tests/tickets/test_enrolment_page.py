"""Clients are enrolled in the admin, one or several, with reason; shadow is compared before going live (T-18)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contracts.models import Client
from invoicing.models import AuditEntry
from tests.desk import said, text_of
from tests.factories import NOW, ClientFactory, TicketFactory, closed_ticket
from tests.signing_in import signed_in
from tests.tickets.asides import set_aside
from tickets import automation
from tickets.comparison import Comparison
from tickets.enrolment import ChangedMeanwhile, OwnTerms, enrol_clients, seen_of, set_own_terms
from tickets.models import ManualBill, Ticket
from tickets.readiness import ENOUGH, judged

pytestmark = pytest.mark.django_db

WHY = "the pilot begins"
BY: dict[str, Any] = {"reason": WHY, "by": "ann", "at": NOW}


def choose(browser, clients, how, **more):
    return browser.post(reverse("enrolment"), {"_selected_action": [one.pk for one in clients], "action": how, **more})


def confirmed(clients):
    return {"confirmed": "yes", "reason": WHY, "starts": "", "seen": seen_of(clients)}


def enrolled():
    return sorted(Client.objects.values_list("external_id", "automation"))


@pytest.fixture
def three():
    return [ClientFactory.create(external_id=f"c{place}", name=f"Client {place}", automation="") for place in range(3)]


def test_T_18_a_pilot_of_three_clients_is_chosen_asked_for_and_confirmed(three):
    ClientFactory.create(external_id="other", automation="off")
    closed_ticket("1.00", client=three[0])
    browser = signed_in("administrator", username="ann")

    asked = text_of(choose(browser, three, "draft"))
    untouched = enrolled()
    done = choose(browser, three, "draft", **confirmed(three))

    assert "Enrol 3 clients: Draft?" in asked
    assert "Tickets are billed on drafts" in asked
    assert untouched == [("c0", ""), ("c1", ""), ("c2", ""), ("other", "off")]
    assert said(done) == ["3 clients enrolled."]
    assert enrolled() == [("c0", "draft"), ("c1", "draft"), ("c2", "draft"), ("other", "off")]
    audited = AuditEntry.objects.filter(action="client.enrolled")
    assert {(one.by, one.reason) for one in audited} == {("ann", WHY)}
    assert audited.count() == 3


def test_a_double_click_enrols_once_and_a_stale_form_changes_nobody(three):
    browser, form = signed_in("administrator"), confirmed(three)

    first, second = (choose(browser, three, "draft", **form) for _ in range(2))
    stale = choose(browser, three, "off", **form)

    assert (said(first)[-1], said(second)[-1]) == ("3 clients enrolled.", "They were enrolled so already.")
    assert "Somebody changed this meanwhile." in text_of(stale)
    assert {automation for _, automation in enrolled()} == {"draft"}
    assert AuditEntry.objects.filter(action="client.enrolled").count() == 3
    with pytest.raises(ChangedMeanwhile):
        enrol_clients([three[0].pk], "auto", seen="", **BY)


def test_enrolling_needs_a_reason_a_choice_and_an_administrator(three):
    browser = signed_in("administrator")

    assert "This field is required." in text_of(choose(browser, three, "draft", **{**confirmed(three), "reason": " "}))
    assert said(choose(browser, [], "draft")) == ["Choose one or several clients first."]
    assert choose(browser, three, "always").status_code == 302
    for role in ("viewer", "clerk", "approver"):
        other = signed_in(role)
        assert choose(other, three, "draft", **confirmed(three)).status_code == 403
        assert other.get(reverse("enrolment-terms", args=[three[0].pk])).status_code == 403
        assert "Draft…" not in text_of(other.get(reverse("enrolment")))
    assert {automation for _, automation in enrolled()} == {""}


def test_the_list_finds_clients_by_name_and_enrolment_in_as_many_statements_as_for_one(three):
    hostile = ClientFactory.create(name="<b>Bold</b> & Sons", automation="shadow")
    browser = signed_in("viewer")

    pages = {
        asked: text_of(browser.get(f"{reverse('enrolment')}?{asked}")) for asked in ("", "q=bold", "enrolment=off")
    }
    with CaptureQueriesContext(connection) as one:
        browser.get(f"{reverse('enrolment')}?q=bold")
    ClientFactory.create_batch(20)
    with CaptureQueriesContext(connection) as many:
        browser.get(reverse("enrolment"))

    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Sons" in pages[""]
    assert hostile.name not in pages[""]
    assert "Client 1" not in pages["q=bold"]
    assert ("Client 1" in pages["enrolment=off"], "Bold" in pages["enrolment=off"]) == (True, False)
    assert len(many) == len(one) - 1 <= 20  # the search itself


def test_T_18_shadow_is_compared_ticket_by_ticket_with_what_was_billed_by_hand():
    client = ClientFactory.create(automation="shadow")
    tickets = [closed_ticket("1.00", client=client) for _ in range(3)]
    list(automation.sweep(at=NOW))
    page = reverse("enrolment-client", args=[client.pk])
    browser = signed_in("viewer")
    for ticket, cents in zip(tickets[:2], (8000, 5000), strict=True):
        ManualBill.objects.create(ticket=ticket, amount_cents=cents, reference="R-1")

    with CaptureQueriesContext(connection) as captured:
        shown = text_of(browser.get(page))
    unknown = browser.get(reverse("enrolment-client", args=[client.pk + 999]))

    assert "Not yet." in shown
    assert "shadow 240.00 EUR, by hand 130.00 EUR" in shown
    assert "30.00 EUR" in shown
    assert "Shadow: time 1 h × 80.00 EUR = 80.00 EUR. By hand: R-1." in shown
    assert "Not billed by hand." in shown
    assert reverse("admin:tickets_ticket_change", args=[tickets[1].pk]) in shown
    assert reverse("admin:tickets_ticket_change", args=[tickets[0].pk]) not in shown
    assert len(captured) <= 20
    assert unknown.status_code == 404


def compared(shadow, manual):
    return Comparison("acme", "t", "1", "EUR", shadow, manual)


def test_T_18_a_client_goes_live_when_enough_tickets_were_billed_alike_and_none_otherwise():
    alike = compared(100, 100)
    cases: list[list[Comparison]] = [
        [],
        [alike] * (ENOUGH - 1),
        [compared(None, None)] * 50,
        [alike] * ENOUGH,
        [alike] * ENOUGH + [compared(100, None)],
        [alike] * 50 + [compared(101, 100)],
        [alike] * 50 + [compared(None, 100)],
    ]

    assert [judged(found, "EUR").verdict for found in cases] == [
        "nothing",
        "wait",
        "wait",
        "ready",
        "ready",
        "look",
        "look",
    ]


# Terms of a client's own


def test_a_clients_own_limit_and_strategy_are_stored_with_reason_and_shown():
    client = ClientFactory.create()
    browser = signed_in("administrator", username="ann")
    page = reverse("enrolment-terms", args=[client.pk])
    form = {**confirmed([client]), "default_strategy": "per_ticket", "threshold": "2:30"}

    refused = browser.post(page, {**form, "threshold": "1000.5"})
    done = browser.post(page, form)
    client.refresh_from_db()

    assert "the limit is from 0 to 1000 hours" in text_of(refused)
    assert done.status_code == 302
    assert (client.default_strategy, client.approval_threshold_seconds) == ("per_ticket", 9000)
    shown = text_of(browser.get(reverse("enrolment-client", args=[client.pk])))
    assert "2.50 h" in shown
    audited = AuditEntry.objects.get(action="client.terms_of_automation")
    assert (audited.by, audited.reason, audited.data["after"]["approval_threshold_seconds"]) == ("ann", WHY, 9000)
    with pytest.raises(ChangedMeanwhile):
        set_own_terms(client.pk, OwnTerms("", None), seen="", **BY)
    with pytest.raises(ValueError, match="is not known"):
        set_own_terms(client.pk, OwnTerms("hourly", None), seen=seen_of([client]), **BY)


@pytest.mark.parametrize(
    ("limit", "state", "most"),
    [(None, "billed", ""), (3600, "billed", ""), (3599, "held", "3599 s"), (0, "held", "0.00 h")],
)
def test_T_16_a_clients_own_limit_counts_over_the_settings(limit, state, most):
    ticket = closed_ticket("1.00", client=ClientFactory.create(automation="draft", approval_threshold_seconds=limit))

    list(automation.sweep(at=NOW))
    ticket.refresh_from_db()

    assert ticket.billing_status == state
    assert ticket.billing_detail == (f"1.00 h worked, more than {most} (client)" if state == "held" else "")


def test_T_04_a_clients_default_strategy_counts_where_nothing_nearer_decides():
    client = ClientFactory.create(automation="draft", default_strategy="per_ticket")
    empty = TicketFactory.create(client=client)
    worked = closed_ticket("1.00", client=client)

    list(automation.sweep(at=NOW))
    empty.refresh_from_db()

    assert empty.billing_reason == "nothing_to_bill"
    line = AuditEntry.objects.get(action="ticket.billed", subject_id=worked.pk)
    assert line.data["strategy"] == "time_based"


@pytest.mark.parametrize(
    ("change", "back"),
    [
        ({"approval_threshold_seconds": 9}, {"above_approval_threshold", "parked"}),
        ({"default_strategy": "mixed"}, {"no_rate", "no_time_entries", "nothing_to_bill", "parked", "zero_amount"}),
        ({"city": "Bonn"}, set()),
    ],
)
def test_T_02_a_change_of_a_clients_terms_puts_back_what_they_decide(change, back):
    client = ClientFactory.create()
    reasons = ("above_approval_threshold", "no_rate", "no_time_entries", "nothing_to_bill", "parked", "zero_amount")
    for reason in (*reasons, "held_by_person", "several_contracts", "entries_pending_approval"):
        set_aside(TicketFactory.create(client=client, external_id=reason), reason)

    Client.objects.filter(pk=client.pk).update(**change)

    assert set(Ticket.objects.filter(billing_status="unbilled").values_list("external_id", flat=True)) == back
