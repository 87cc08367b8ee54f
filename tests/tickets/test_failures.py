"""A ticket that fails is tried again, parked with its reason, and takes no other down (T-17)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from invoicing.models import AuditEntry, Claim, Invoice
from tests.factories import NOW, closed_ticket, configure, later
from tickets import attempts, automation, billing
from tickets.balances import Balances
from tickets.models import BillingAttempt, Ticket

pytestmark = pytest.mark.django_db


def broken_ticket(**facts):
    """A ticket that no attempt can bill: somebody chose a strategy that nobody registered."""
    return closed_ticket("1.00", strategy_override="by_the_moon", **facts)


def bill(*tickets, at=NOW):
    return billing.bill_tickets([ticket.pk for ticket in tickets], at=at)


def test_the_others_of_its_page_are_billed():
    tickets = [closed_ticket("1.00") for _ in range(6)]
    broken = broken_ticket()

    run = bill(*tickets[:4], broken, *tickets[4:])

    assert [result.outcome for result in run.results] == ["charge"] * 4 + ["failed"] + ["charge"] * 2
    assert run.summary().as_dict() == {
        "charged": 6, "covered": 0, "held": 0, "skipped": 0, "failed": 1, "subtotal_cents": {"EUR": 48000},
    }  # fmt: skip
    assert Invoice.objects.count() == 6


def test_the_result_of_a_failed_ticket_says_what_went_wrong():
    broken = broken_ticket()

    (result,) = bill(broken).results

    assert (result.ticket, result.number) == (broken.external_id, broken.number)
    assert result.error.startswith("ValueError: Strategy 'by_the_moon' is not known")
    assert result.client == broken.client.external_id
    assert not Claim.objects.exists()


def test_a_preview_shows_the_failure_and_counts_nothing():
    broken, good = broken_ticket(), closed_ticket("1.00")

    run = billing.plan_tickets([broken.pk, good.pk], at=NOW, balances=Balances())

    assert [result.outcome for result in run.results] == ["failed", "charge"]
    assert Ticket.objects.get(pk=broken.pk).billing_attempts == 0


def test_it_is_tried_again_after_one_five_and_fifteen_seconds_and_then_parked():
    broken = broken_ticket()
    waits, at = [], NOW

    for _ in range(4):
        (result,) = bill(broken, at=at).results
        waits.append(result.retry_in)
        if result.retry_in:
            broken.refresh_from_db()
            assert broken.bill_after == at + timedelta(seconds=result.retry_in)
            at = broken.bill_after

    broken.refresh_from_db()
    assert waits == [1, 5, 15, None]
    assert (broken.billing_status, broken.billing_reason, broken.billing_attempts) == ("held", "parked", 4)
    assert broken.billing_detail.startswith("ValueError: Strategy 'by_the_moon'")
    assert AuditEntry.objects.get(action="ticket.parked").subject_id == broken.pk
    assert bill(broken).results == []


def test_how_often_it_is_tried_is_a_setting(settings):
    configure(settings, max_retry_attempts=0)
    broken = broken_ticket()

    bill(broken)

    broken.refresh_from_db()
    assert broken.billing_reason == "parked"


def test_it_is_not_due_before_the_wait_is_over():
    broken = broken_ticket()
    bill(broken)

    assert not automation.due(NOW).exists()
    assert automation.due(later(seconds=1)).exists()


def test_a_parked_ticket_is_billed_once_what_is_wrong_is_put_right(settings):
    configure(settings, max_retry_attempts=0)
    broken = broken_ticket()
    bill(broken)

    Ticket.objects.update(strategy_override="")
    list(automation.catch_up(at=later(minutes=1)))

    broken.refresh_from_db()
    assert (broken.billing_status, broken.billing_attempts) == ("billed", 0)


def test_a_failure_of_a_ticket_that_somebody_decided_meanwhile_is_not_counted(settings):
    broken = broken_ticket()
    broken.hold(reason="held_by_person", detail="wait", at=NOW)

    wait = attempts.note_failure(broken.pk, "late news", settings.BILLING, at=NOW)

    broken.refresh_from_db()
    assert wait is None
    assert (broken.billing_attempts, broken.billing_detail) == (0, "wait")


def test_a_person_who_bills_a_broken_ticket_is_told_and_it_stays_where_it_is():
    broken = broken_ticket()
    broken.hold(reason="parked", detail="before", at=NOW)

    (result,) = billing.bill_tickets([broken.pk], at=NOW, by="petra", by_hand=True).results

    broken.refresh_from_db()
    assert result.outcome == "failed"
    assert (broken.billing_status, broken.billing_detail) == ("held", "before")


def test_an_attempt_leaves_no_trace_when_it_ends():
    bill(closed_ticket("1.00"), broken_ticket())

    assert not BillingAttempt.objects.exists()


def lost_worker(*tickets):
    """What a worker leaves that was killed in the middle: a note of a connection that is gone."""
    BillingAttempt.objects.create(
        ticket_ids=[ticket.pk for ticket in tickets], started_at=NOW, backend_pid=1, backend_started_at=NOW
    )


def test_lost_workers_are_counted_apart_and_the_third_parks_the_ticket():
    ticket = closed_ticket("1.00")

    for _ in range(2):
        lost_worker(ticket)
        assert attempts.count_lost_workers(at=NOW) == 1
    twice = Ticket.objects.get()
    lost_worker(ticket)
    attempts.count_lost_workers(at=NOW)

    ticket.refresh_from_db()
    assert (twice.billing_status, twice.lost_workers, twice.billing_attempts) == ("unbilled", 2, 0)
    assert (ticket.billing_reason, ticket.billing_detail) == ("parked", "3 workers died while billing it")


def test_an_attempt_of_a_living_connection_is_nobody_s_loss():
    ticket = closed_ticket("1.00")

    with attempts.attempt([ticket.pk], at=NOW):
        assert attempts.count_lost_workers(at=NOW) == 0
        assert BillingAttempt.objects.count() == 1

    assert not BillingAttempt.objects.exists()


def test_a_worker_that_died_after_the_ticket_was_billed_is_not_counted():
    ticket = closed_ticket("1.00")
    bill(ticket)
    lost_worker(ticket)

    attempts.count_lost_workers(at=NOW)

    assert Ticket.objects.get().lost_workers == 0


def test_what_was_there_when_a_worker_died_is_billed_alone_and_last():
    suspect, innocent, other = closed_ticket("1.00"), closed_ticket("1.00"), closed_ticket("1.00")
    lost_worker(suspect, other)

    runs = list(automation.catch_up(at=NOW))

    assert [[result.number for result in run.results] for run in runs] == [
        [innocent.number], [suspect.number], [other.number],
    ]  # fmt: skip
    assert set(Ticket.objects.values_list("billing_status", "lost_workers")) == {("billed", 0)}
