"""What bills by itself, for whom and when, and what stops it (T-01, T-17, T-18, T-22)."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from contracts.models import Client
from invoicing.lifecycle.automatic import issue_automatic_drafts
from invoicing.models import AuditEntry, Claim, Invoice
from invoicing.switches import AutomationOff, BillingDisabled, resume_automation, stop_automation
from tests.factories import NOW, configure
from tests.scenarios.story import moment
from tickets import automation, billing, lifecycle
from tickets.models import Ticket

FEBRUARY = "2026-02-01T09:00:00+01:00"


def issue(at):
    return [(plan.outcome, plan.number) for plan in issue_automatic_drafts(at=moment(at))]


def test_T_01_the_kill_switch_stops_automation_and_nothing_else(story):
    story.client().ticket().entry("1.00").import_lines()
    stop_automation(reason="wrong rates", by="anna", at=NOW)

    with pytest.raises(AutomationOff, match="automation_off"):
        list(automation.catch_up(at=NOW))
    with pytest.raises(AutomationOff, match="automation_off"):
        list(automation.sweep(at=NOW))
    with pytest.raises(AutomationOff, match="automation_off"):
        list(automation.preview(at=NOW))
    with pytest.raises(AutomationOff, match="automation_off"):
        automation.bill_due_ticket(Ticket.objects.get().pk, at=NOW)
    assert story.state() == ("unbilled", "")

    assert story.bill_by_hand().state() == ("billed", "")


def test_T_01_automation_goes_on_with_everything_that_is_pending(story):
    story.client().ticket().entry("1.00").import_lines()
    stop_automation(reason="wrong rates", by="anna", at=NOW)
    resume_automation(reason="rates are right", by="anna", at=NOW)

    story.bill()

    assert story.subtotals() == [8000]
    actions = AuditEntry.objects.filter(action__startswith="automation").order_by("pk").values_list("action", "reason")
    assert list(actions) == [("automation.stopped", "wrong rates"), ("automation.resumed", "rates are right")]


def test_T_01_the_master_switch_stops_everybody_and_nothing_is_written(story, settings):
    story.client().ticket().entry("1.00").import_lines()
    configure(settings, ticket_billing_enabled=False)
    before = AuditEntry.objects.count()

    with pytest.raises(BillingDisabled, match="TICKET_BILLING_ENABLED"):
        list(automation.catch_up(at=NOW))
    with pytest.raises(CommandError, match="TICKET_BILLING_ENABLED"):
        story.bill_by_hand()

    assert story.state() == ("unbilled", "")
    assert (Invoice.objects.count(), Claim.objects.count(), AuditEntry.objects.count()) == (0, 0, before)


def test_T_17_the_sweep_bills_when_the_delay_is_over(story, settings):
    configure(settings, auto_bill_on_close=True, delay_minutes=5)
    story.client().ticket(status="in_progress", closed_at=None).entry("1.00").import_lines()
    lifecycle.close_ticket(Ticket.objects.get().pk, at=moment("2026-01-15T17:00:00+01:00"), by="kim")

    list(automation.sweep(at=moment("2026-01-15T17:04:59+01:00")))
    too_early = story.state()
    list(automation.sweep(at=moment("2026-01-15T17:05:00+01:00")))

    assert too_early == ("unbilled", "")
    assert story.state() == ("billed", "")


def test_T_17_what_was_closed_by_a_mass_update_is_found_all_the_same(story):
    story.client().ticket(status="in_progress", closed_at=None).entry("1.00").import_lines()
    Ticket.objects.update(status="closed", closed_at=NOW)

    list(automation.sweep(at=NOW))

    assert story.subtotals() == [8000]


@pytest.mark.parametrize(("on_resolve", "lines"), [(True, ["time 1 @ 80 = 8000"]), (False, [])])
def test_T_17_resolving_bills_only_where_the_flag_says_so(story, settings, on_resolve, lines):
    configure(settings, auto_bill_on_resolve=on_resolve)
    story.client().ticket(status="resolved", resolved_at="2026-01-15T17:00:00+01:00", closed_at=None).entry("1.00")

    story.bill()

    assert story.lines() == lines


@pytest.mark.parametrize("mode", ["off", "shadow"])
def test_T_18_a_client_who_is_off_or_in_shadow_is_billed_nothing(story, mode):
    story.client(automation=mode).ticket().entry("1.00")

    story.bill()

    assert story.state() == ("skipped", "client_not_enrolled")
    assert story.lines() == []
    assert Claim.objects.count() == 0


def test_T_18_with_both_flags_off_clients_without_an_own_value_are_off(story):
    story.client(automation=None).client(id="pilot", automation="draft")
    story.ticket().entry("1.00").ticket(client="pilot").entry("1.00")

    story.bill()

    assert story.state("t1") == ("skipped", "client_not_enrolled")
    assert story.subtotals("pilot") == [8000]


@pytest.mark.parametrize(("status", "issued"), [("draft", []), ("auto", [("issued", "INV-2026-00001")])])
def test_T_18_with_a_flag_on_the_setting_says_how_far_it_goes(story, settings, status, issued):
    configure(settings, auto_bill_on_close=True, invoice_status=status)
    story.client(automation=None).ticket().entry("1.00")

    story.bill()

    assert story.subtotals() == [8000]
    assert issue(FEBRUARY) == issued


def test_T_18_drafts_wait_for_a_person(story):
    story.client(automation="draft").contract(grouping="per_ticket").ticket().entry("1.00").bill()

    assert issue(FEBRUARY) == []


def test_T_18_one_ticket_s_document_is_issued_at_once(story):
    story.client(automation="auto").contract(grouping="per_ticket").ticket().entry("1.00").bill()

    assert issue("2026-01-16T09:01:00+01:00") == [("issued", "INV-2026-00001")]


def test_T_18_a_client_s_document_is_issued_when_the_month_is_over(story):
    story.client(automation="auto").ticket().entry("1.00").bill()

    assert issue("2026-01-31T23:59:59+01:00") == []
    assert issue("2026-02-01T00:00:00+01:00") == [("issued", "INV-2026-00001")]


def test_T_18_the_month_is_over_in_the_zone_of_the_client(story):
    story.client(automation="auto", timezone="America/New_York").ticket().entry("1.00").bill()

    assert issue("2026-02-01T05:59:59+01:00") == []
    assert issue("2026-02-01T06:00:00+01:00") == [("issued", "INV-2026-00001")]


def test_T_18_a_draft_made_by_a_person_is_not_issued_by_the_machine(story):
    story.client(automation="auto").import_lines()
    Invoice.objects.create(client=Client.objects.get(), currency="EUR", created_at=NOW, collects="")

    assert issue(FEBRUARY) == []


def test_T_18_a_draft_that_cannot_be_issued_stays_and_the_others_are_issued(story):
    story.client(automation="auto", address={"line1": None, "postcode": None, "city": None})
    story.client(id="beta", automation="auto")
    story.ticket().entry("1.00").ticket(client="beta").entry("1.00").bill()

    assert issue(FEBRUARY) == [("held", ""), ("issued", "INV-2026-00001")]


def test_T_18_tickets_closed_before_the_enrolment_are_skipped_and_can_be_billed_by_hand(story):
    story.client(automation_from="2026-01-15T17:00:01+01:00").ticket().entry("1.00")

    story.bill()
    skipped = story.state()
    story.bill_by_hand()

    assert skipped == ("skipped", "closed_before_enrolment")
    assert story.state() == ("billed", "")


def test_T_22_the_oldest_ticket_is_billed_first(story):
    story.client().ticket(closed_at="2026-01-15T12:00:00+01:00").entry("1.00")
    story.ticket(closed_at="2026-01-14T12:00:00+01:00").entry("2.00").import_lines()

    first = next(iter(automation.catch_up(at=NOW, limit=1)))

    assert [result.ticket for result in first.results] == ["t2"]
    assert story.lines() == ["time 2 @ 80 = 16000"]


def test_T_22_only_tickets_finished_since_are_billed(story):
    story.client().ticket(closed_at="2026-01-14T12:00:00+01:00").entry("1.00").ticket().entry("2.00").import_lines()

    list(automation.catch_up(at=NOW, since=moment("2026-01-15T00:00:00+01:00")))

    assert story.lines() == ["time 2 @ 80 = 16000"]


def test_T_22_the_preview_of_the_catch_up_equals_it_and_writes_nothing(story):
    story.client().contract(included_hours="3.00", hourly_rate="100.00")
    for _ in range(4):
        story.ticket().entry("1.20")
    story.import_lines()

    previews = [result.subtotal_cents for run in automation.preview(at=NOW) for result in run.results]
    untouched = (story.lines(), Ticket.objects.filter(billing_status="unbilled").count())
    story.bill()

    assert untouched == ([], 4)
    assert previews == [story.outcomes[name]["subtotal_cents"] for name in ("t1", "t2", "t3", "t4")]


def test_T_22_a_ticket_by_hand_does_not_ask_for_enrolment(story):
    story.client(automation="off").ticket().entry("1.00")

    story.bill_by_hand()

    assert story.subtotals() == [8000]
    assert AuditEntry.objects.get(action="ticket.billed").by == "petra"


def test_T_22_what_a_person_previews_is_what_a_person_bills(story):
    story.client(automation="off").ticket().entry("1.00").import_lines()

    plan = billing.plan_ticket(Ticket.objects.get().pk, at=NOW)

    assert (plan.outcome, plan.subtotal_cents, plan.currency) == ("charge", 8000, "EUR")
    assert story.state() == ("unbilled", "")


def test_T_17_closing_and_resolving_and_five_messages_are_one_invoice(story, settings):
    configure(settings, auto_bill_on_close=True, auto_bill_on_resolve=True, delay_minutes=0)
    story.client().ticket(status="in_progress", closed_at=None).entry("1.00").import_lines()
    ticket = Ticket.objects.get().pk
    lifecycle.resolve_ticket(ticket, at=NOW, by="kim")
    lifecycle.close_ticket(ticket, at=NOW, by="kim")

    for _ in range(5):
        automation.bill_due_ticket(ticket, at=NOW)

    assert story.lines() == ["time 1 @ 80 = 8000"]


def test_T_22_tickets_that_can_never_be_billed_do_not_delay_one_that_can(story):
    story.client().client(id="nobody", hourly_rate=None)
    for day in range(10, 15):
        story.ticket(client="nobody", closed_at=f"2026-01-{day}T12:00:00+01:00").entry("1.00")
    story.bill()
    story.ticket(closed_at="2026-01-15T12:00:00+01:00").entry("1.00").import_lines()

    first = next(iter(automation.catch_up(at=NOW, limit=1)))

    assert [result.ticket for result in first.results] == ["t6"]
