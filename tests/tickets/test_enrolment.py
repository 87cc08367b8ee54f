"""Automation is switched on client by client; what was closed before stays for billing by hand (T-18)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.models import Client
from invoicing.models import AuditEntry, Claim
from tests.factories import CLOSED, NOW, ClientFactory, closed_ticket, configure, later, state
from tickets import automation, billing
from tickets.enrolment import enrol_client, enrolment_of, plan_enrolment
from tickets.models import ShadowBill

pytestmark = pytest.mark.django_db

HOW: dict[str, Any] = {"reason": "the pilot begins", "by": "ann"}


def enrol(client, automation, *, at=NOW, **how):
    return enrol_client(client.pk, automation, at=at, **{**HOW, **how})


def sweep(at):
    list(automation.catch_up(at=at))


@pytest.mark.parametrize("wanted", ["shadow", "draft", "auto"])
def test_T_18_enrolling_a_client_that_was_off_begins_now(wanted):
    client = ClientFactory.create(automation="off")

    enrolled = enrol(client, wanted)

    client.refresh_from_db()
    assert (client.automation, client.automation_from) == (wanted, NOW)
    assert (enrolled.automation, enrolled.automation_from) == (wanted, NOW)


def test_T_18_enrolling_is_audited_with_before_and_after():
    client = ClientFactory.create(automation="off")

    enrol(client, "draft", reason=" the pilot begins ")

    audited = AuditEntry.objects.get()
    assert (audited.action, audited.by, audited.at, audited.reason) == ("client.enrolled", "ann", NOW, HOW["reason"])
    assert (audited.subject_kind, audited.subject_id) == ("client", client.pk)
    assert audited.data == {
        "before": {"automation": "off", "automation_from": None},
        "after": {"automation": "draft", "automation_from": NOW.isoformat()},
    }


def test_T_18_older_tickets_are_skipped_and_can_be_billed_by_hand():
    client = ClientFactory.create(automation="off")
    old = closed_ticket("1.00", client=client)
    sweep(NOW)
    assert state(old) == ("skipped", "client_not_enrolled")

    enrol(client, "draft", at=later(minutes=1))
    new = closed_ticket("1.00", client=client, closed_at=later(minutes=2))
    sweep(later(hours=1))

    assert (state(old), state(new)) == (("skipped", "closed_before_enrolment"), ("billed", ""))
    (by_hand,) = billing.bill_tickets([old.pk], at=later(hours=2), by="ann", by_hand=True).results
    assert by_hand.outcome == "charge"


def test_T_18_a_ticket_closed_at_the_very_moment_is_billed():
    client = ClientFactory.create(automation="off")
    ticket = closed_ticket("1.00", client=client)

    enrol(client, "draft", automation_from=CLOSED)
    sweep(later(hours=1))

    assert state(ticket) == ("billed", "")


@pytest.mark.parametrize(("days", "outcome"), [(1, "billed"), (-1, "skipped")])
def test_T_18_it_can_begin_earlier_or_later(days, outcome):
    client = ClientFactory.create(automation="off")
    ticket = closed_ticket("1.00", client=client)

    enrol(client, "draft", automation_from=CLOSED - timedelta(days=days))
    sweep(later(hours=1))

    assert state(ticket)[0] == outcome


def test_T_18_from_shadow_to_draft_begins_now_and_what_shadow_planned_is_not_billed():
    client = ClientFactory.create(automation="off")
    enrol(client, "shadow", at=CLOSED - timedelta(days=1))
    old = closed_ticket("1.00", client=client)
    sweep(NOW)
    assert ShadowBill.objects.get().amount_cents == 8000

    enrolled = enrol(client, "draft", at=later(minutes=1))
    new = closed_ticket("1.00", client=client, closed_at=later(minutes=2))
    sweep(later(hours=1))

    assert enrolled.automation_from == later(minutes=1)
    assert (state(old), state(new)) == (("skipped", "closed_before_enrolment"), ("billed", ""))
    assert Claim.objects.count() == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [("draft", "auto"), ("auto", "draft"), ("draft", "draft"), ("auto", "shadow"), ("draft", "off"), ("shadow", "off"),
     ("shadow", "shadow"), ("off", "off")],
)  # fmt: skip
def test_T_18_other_changes_leave_the_beginning_alone(before, after):
    client = ClientFactory.create(automation=before, automation_from=CLOSED)

    assert enrol(client, after).automation_from == CLOSED


def test_T_18_an_own_value_that_says_what_the_installation_says_begins_nothing(settings):
    configure(settings, auto_bill_on_close=True)
    client = ClientFactory.create(automation="")
    ticket = closed_ticket("1.00", client=client)

    enrol(client, "draft")
    sweep(later(hours=1))

    assert state(ticket) == ("billed", "")


def test_T_18_a_client_that_leaves_it_to_the_installation_begins_where_that_bills(settings):
    client = ClientFactory.create(automation="off")
    assert enrol(client, "").automation_from is None

    client = ClientFactory.create(automation="off")
    configure(settings, auto_bill_on_close=True)
    assert enrol(client, "").automation_from == NOW


def test_T_18_switching_off_keeps_new_tickets_from_being_billed():
    client = ClientFactory.create()
    enrol(client, "off")
    ticket = closed_ticket("1.00", client=client)

    sweep(later(hours=1))

    assert state(ticket) == ("skipped", "client_not_enrolled")


@pytest.mark.parametrize("value", ["on", "Draft", " draft", None])
def test_another_value_is_refused(value):
    client = ClientFactory.create(automation="off")

    with pytest.raises(ValueError, match="automation is one of off, shadow, draft, auto, not"):
        enrol(client, value)

    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_without_a_reason_nobody_is_enrolled(reason):
    client = ClientFactory.create(automation="off")

    with pytest.raises(ValueError, match="say why"):
        enrol(client, "draft", reason=reason)

    client.refresh_from_db()
    assert client.automation == "off"


def test_a_beginning_without_an_offset_is_refused():
    client = ClientFactory.create(automation="off")

    with pytest.raises(ValueError, match="needs an offset"):
        enrol(client, "draft", automation_from=NOW.replace(tzinfo=None))


def test_a_client_that_does_not_exist_is_not_enrolled():
    with pytest.raises(Client.DoesNotExist):
        enrol_client(4711, "draft", at=NOW, **HOW)


def test_a_stale_copy_of_the_client_decides_nothing():
    client = ClientFactory.create(automation="off")
    enrol(client, "draft", at=CLOSED)

    assert enrol(client, "auto").automation_from == CLOSED


def test_P3_the_plan_writes_nothing_and_equals_what_is_done():
    client = ClientFactory.create(automation="off")

    planned = plan_enrolment(client, "draft", at=NOW)
    client.refresh_from_db()
    assert client.automation == "off"

    assert enrolment_of(enrol(client, "draft")) == planned
