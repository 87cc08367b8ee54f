"""What a person decides about a ticket: with a reason, in the audit trail, and never billing anything twice (T-21)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.models import Allocation
from invoicing.lifecycle.withdraw import discard_draft
from invoicing.models import AuditEntry, Claim, Invoice, InvoiceLine
from invoicing.switches import BillingDisabled, stop_automation
from invoicing.transitions import InvalidTransition
from tests.books import violations
from tests.factories import (
    NOW,
    ClientFactory,
    ContractFactory,
    ExpenseFactory,
    TicketFactory,
    TimeEntryFactory,
    closed_ticket,
    configure,
    later,
    state,
)
from tickets import automation, billing, lifecycle
from tickets.approval import Approver, approve_ticket
from tickets.foreseen import foresee_force
from tickets.models import Ticket
from tickets.overrides import (
    bill_now,
    choose_strategy,
    force_ticket,
    hold_ticket,
    release_ticket,
    set_rate,
    waive_ticket,
)

pytestmark = pytest.mark.django_db

WHY = "agreed on the phone"
HOW: dict[str, Any] = {"reason": WHY, "by": "petra", "at": NOW}
OVERRIDES: dict[str, Callable[..., Any]] = {
    "force": force_ticket,
    "waive": waive_ticket,
    "hold": hold_ticket,
    "release": release_ticket,
    "strategy": lambda pk, **how: choose_strategy(pk, "per_ticket", **how),
    "rate": lambda pk, **how: set_rate(pk, Decimal(95), **how),
}


def covered_ticket(*hours, fee="50.00", **terms):
    """A ticket that its contract covers, billed already."""
    contract = ContractFactory.create(per_ticket_rate=fee and Decimal(fee), **(terms or {"included_tickets": 5}))
    ticket = closed_ticket(*(hours or ("1.00",)), client=contract.client)
    billing.bill_ticket(ticket.pk, at=NOW)
    return ticket


def audited(action):
    entry = AuditEntry.objects.get(action=action)
    return entry.by, entry.at, entry.reason, entry.data


def amounts():
    return list(InvoiceLine.objects.order_by("pk").values_list("kind", "amount_cents"))


def live(kind):
    return Claim.objects.filter(kind=kind, released_at__isnull=True)


@pytest.mark.parametrize("override", OVERRIDES.values(), ids=OVERRIDES.keys())
@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_without_a_reason_that_can_be_kept_nothing_is_done(override, reason):
    ticket = closed_ticket("1.00")

    with pytest.raises(ValueError, match="say why"):
        override(ticket.pk, reason=reason, by="petra", at=NOW)

    assert state(ticket) == ("unbilled", "")
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("override", OVERRIDES.values(), ids=OVERRIDES.keys())
def test_while_billing_is_switched_off_nothing_is_done(override, settings):
    ticket = closed_ticket("1.00")
    configure(settings, ticket_billing_enabled=False)

    with pytest.raises(BillingDisabled):
        override(ticket.pk, **HOW)

    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("override", OVERRIDES.values(), ids=OVERRIDES.keys())
def test_a_ticket_that_does_not_exist_is_said_so(override):
    with pytest.raises(Ticket.DoesNotExist):
        override(4711, **HOW)
    with pytest.raises(Ticket.DoesNotExist):
        bill_now(4711, reason=WHY, by="petra", at=NOW)


def test_billing_now_passes_over_enrolment_delay_and_the_kill_switch():
    ticket = closed_ticket("1.00", client=ClientFactory.create(automation="off"))
    Ticket.objects.filter(pk=ticket.pk).update(bill_after=later(hours=1))
    stop_automation(reason="prices are wrong", by="ann", at=NOW)

    result = bill_now(ticket.pk, reason=WHY, by="petra", at=NOW)

    assert (result.outcome, result.subtotal_cents) == ("charge", 8000)
    audited = AuditEntry.objects.get(action="ticket.billed")
    assert (audited.by, audited.at, audited.reason) == ("petra", NOW, WHY)
    assert audited.data["before"] == {"status": "unbilled", "reason": ""}
    assert audited.data["after"] == {"status": "billed", "reason": ""}


COME_TO = {
    "covered": ("ticket.covered", lambda: closed_ticket("1.00", client=unlimited()), ("covered", "unlimited_plan")),
    "held": ("ticket.not_billed", lambda: closed_ticket("9.00"), ("held", "above_approval_threshold")),
    "skipped": ("ticket.not_billed", lambda: closed_ticket("1.00", billable=False), ("skipped", "not_billable")),
}


def unlimited():
    return ContractFactory.create(unlimited_hours=True).client


@pytest.mark.parametrize(("action", "make", "after"), COME_TO.values(), ids=COME_TO.keys())
def test_T_21_billing_now_is_audited_with_its_reason_whatever_it_comes_to(action, make, after):
    ticket = make()

    bill_now(ticket.pk, reason=f" {WHY} ", by="petra", at=NOW)

    audited = AuditEntry.objects.get(subject_kind="ticket", action=action)
    assert (audited.by, audited.reason) == ("petra", WHY)
    assert audited.data["before"] == {"status": "unbilled", "reason": ""}
    assert audited.data["after"] == dict(zip(("status", "reason"), after, strict=True))


def test_T_21_billing_now_needs_a_reason():
    ticket = closed_ticket("1.00")

    with pytest.raises(ValueError, match="say why"):
        bill_now(ticket.pk, reason=" ", by="petra", at=NOW)

    assert state(ticket) == ("unbilled", "")


FORCED = {
    "not billable": lambda: closed_ticket("1.00", billable=False),
    "of a type that is not billed": lambda: closed_ticket("1.00", ticket_type="warranty"),
    "of a client that is off": lambda: closed_ticket("1.00", client=ClientFactory.create(automation="off")),
    "of a client in shadow": lambda: closed_ticket("1.00", client=ClientFactory.create(automation="shadow")),
    "closed before enrolment": lambda: closed_ticket("1.00", client=ClientFactory.create(automation_from=NOW)),
    "due already": lambda: closed_ticket("1.00"),
}


@pytest.mark.parametrize("looked_at", [False, True], ids=["never looked at", "skipped before"])
@pytest.mark.parametrize("make", FORCED.values(), ids=FORCED.keys())
def test_T_21_force_bills_what_need_not_be_billed(make, looked_at):
    ticket = make()
    if looked_at and ticket.client.automation != "draft":
        billing.bill_ticket(ticket.pk, at=NOW)
        assert state(ticket)[0] == "skipped"

    result = force_ticket(ticket.pk, **HOW)

    assert (result.outcome, result.subtotal_cents) == ("charge", 8000)
    assert state(ticket) == ("billed", "")
    assert amounts() == [("time", 8000)]


def test_T_21_force_bills_time_that_is_not_billable():
    ticket = closed_ticket("1.00")
    TimeEntryFactory.create(ticket=ticket, hours="2.00", billable=False)
    TimeEntryFactory.create(ticket=ticket, hours="4.00", status="rejected")

    assert force_ticket(ticket.pk, **HOW).subtotal_cents == 3 * 8000


@pytest.mark.parametrize("aside", [waive_ticket, hold_ticket], ids=["waived", "held"])
def test_T_21_force_bills_what_was_waived_or_held(aside):
    ticket = closed_ticket("1.00")
    aside(ticket.pk, **HOW)

    assert force_ticket(ticket.pk, **HOW).subtotal_cents == 8000
    assert state(ticket) == ("billed", "")


@pytest.mark.parametrize(
    ("terms", "uses"),
    [({"included_tickets": 5}, 1), ({"included_seconds": 36000}, 1), ({"unlimited_hours": True}, 1),
     ({"unlimited_tickets": True}, 1)],
    ids=["included ticket", "included hours", "unlimited hours", "unlimited tickets"],
)  # fmt: skip
def test_T_21_force_gives_coverage_back_and_bills_in_full(terms, uses):
    fee = None if "hours" in str(terms) or "seconds" in str(terms) else "50.00"
    ticket = covered_ticket("1.00", fee=fee, **terms)
    assert state(ticket)[0] == "covered"
    assert Allocation.objects.filter(released_at__isnull=True).count() == uses

    result = force_ticket(ticket.pk, reason=WHY, by="petra", at=later(hours=1))

    assert result.subtotal_cents == 8000 + (5000 if fee else 0)
    assert state(ticket) == ("billed", "")
    assert not Allocation.objects.filter(released_at__isnull=True).exists()
    assert audited("ticket.forced")[3]["given_back"] == (2 if fee else 1)


def test_T_21_the_allowance_that_force_gave_back_covers_the_next_ticket():
    ticket = covered_ticket(included_tickets=1)
    force_ticket(ticket.pk, reason=WHY, by="petra", at=later(hours=1))
    second = closed_ticket("1.00", client=ticket.client)

    billing.bill_ticket(second.pk, at=later(hours=2))

    assert state(second) == ("covered", "included_ticket")


def test_T_21_force_bills_what_is_covered_beside_a_line_and_leaves_the_line_alone():
    """Prepaid: the first entry whole, a part of the second."""
    ticket = covered_ticket("1.00", "1.00", fee=None, included_seconds=5400)
    assert amounts() == [("time", 4000)]

    force_ticket(ticket.pk, reason=WHY, by="petra", at=later(hours=1))

    assert amounts() == [("time", 4000), ("time", 8000)]
    assert live("time_entry").count() == 2


def test_T_21_force_bills_late_work_that_was_absorbed_without_a_second_fee():
    contract = ContractFactory.create(late_work="absorb", per_ticket_rate=50)
    ticket = closed_ticket("1.00", client=contract.client)
    billing.bill_ticket(ticket.pk, at=NOW)
    TimeEntryFactory.create(ticket=ticket, hours="2.00")
    billing.bill_ticket(ticket.pk, at=later(hours=1))
    assert live("time_entry").filter(outcome="absorbed").count() == 1

    force_ticket(ticket.pk, reason=WHY, by="petra", at=later(hours=2))

    assert amounts() == [("time", 8000), ("ticket_fee", 5000), ("time", 16000)]
    assert state(ticket) == ("billed", "")


def test_T_21_force_does_not_give_back_what_is_free_on_a_billed_ticket():
    contract = ContractFactory.create(below_minimum="skip", per_ticket_rate=50)
    ticket = closed_ticket("0.05", client=contract.client)
    billing.bill_ticket(ticket.pk, at=NOW)
    assert live("time_entry").get().outcome == "free"

    result = force_ticket(ticket.pk, reason=WHY, by="petra", at=later(hours=1))

    assert (result.outcome, result.reason, state(ticket)) == ("skip", "already_billed", ("billed", ""))
    assert live("time_entry").get().claimed_at == NOW


def test_I_16_force_twice_bills_once():
    ticket = covered_ticket()

    first = force_ticket(ticket.pk, reason=WHY, by="petra", at=later(hours=1))
    second = force_ticket(ticket.pk, reason=WHY, by="petra", at=later(hours=2))

    assert (first.outcome, second.outcome, second.reason) == ("charge", "skip", "already_billed")
    assert amounts() == [("time", 8000), ("ticket_fee", 5000)]
    assert AuditEntry.objects.filter(action="ticket.forced").count() == 2


def test_T_16_force_is_no_approval():
    ticket = closed_ticket("9.00", billable=False)

    result = force_ticket(ticket.pk, **HOW)

    assert (result.outcome, result.reason) == ("hold", "above_approval_threshold")
    assert not Claim.objects.exists()


@pytest.mark.parametrize("reason", ["internal", "no_client", "not_closed"])
def test_force_leaves_alone_what_is_no_business_of_billing(reason):
    cases: dict[str, dict[str, Any]] = {
        "internal": {"internal": True}, "no_client": {"client": None}, "not_closed": {"status": "open"},
    }  # fmt: skip
    facts = cases[reason]
    ticket = TicketFactory.create(**facts)
    TimeEntryFactory.create(ticket=ticket)

    result = force_ticket(ticket.pk, **HOW)

    assert (result.outcome, result.reason) == ("skip", reason)


def test_an_open_ticket_that_is_forced_is_billed_when_it_is_closed():
    ticket = closed_ticket("1.00", status="open", client=ClientFactory.create(automation="off"), billable=False)
    force_ticket(ticket.pk, **HOW)

    lifecycle.close_ticket(ticket.pk, at=later(minutes=1), by="kim")
    list(automation.catch_up(at=later(hours=1)))

    assert state(ticket) == ("billed", "")
    assert amounts() == [("time", 8000)]


def test_T_21_force_is_audited_with_who_when_why_and_what_it_changed():
    ticket = closed_ticket("1.00", billable=False)
    billing.bill_ticket(ticket.pk, at=NOW)

    force_ticket(ticket.pk, reason=f" {WHY} ", by="petra", at=later(hours=1))

    assert audited("ticket.forced") == (
        "petra", later(hours=1), WHY,
        {"before": {"forced": False, "status": "skipped", "reason": "not_billable"},
         "after": {"forced": True, "status": "unbilled", "reason": ""}, "given_back": 0},
    )  # fmt: skip
    assert AuditEntry.objects.get(action="ticket.billed").by == "petra"


def test_a_forced_ticket_that_fails_stays_forced_and_waits(monkeypatch):
    ticket = closed_ticket("1.00", billable=False)
    Ticket.objects.filter(pk=ticket.pk).update(strategy_override="barter")

    result = force_ticket(ticket.pk, **HOW)

    assert (result.outcome, state(ticket)) == ("failed", ("unbilled", ""))
    assert (ticket.forced, ticket.billing_attempts) == (True, 1)


def test_T_21_a_strategy_is_chosen_billed_by_and_audited():
    contract = ContractFactory.create(per_ticket_rate=50)
    ticket = closed_ticket("1.00", client=contract.client)

    choose_strategy(ticket.pk, "per_ticket", **HOW)
    billing.bill_ticket(ticket.pk, at=later(hours=1))

    assert amounts() == [("ticket_fee", 5000)]
    assert audited("ticket.strategy") == (
        "petra", NOW, WHY,
        {"before": {"strategy_override": "", "status": "unbilled", "reason": ""},
         "after": {"strategy_override": "per_ticket", "status": "unbilled", "reason": ""}},
    )  # fmt: skip


def test_a_strategy_goes_back_to_the_contract_s():
    ticket = closed_ticket("1.00")
    choose_strategy(ticket.pk, "per_ticket", **HOW)

    assert choose_strategy(ticket.pk, "", **HOW).strategy_override == ""


def test_an_unknown_strategy_is_refused_with_those_there_are():
    ticket = closed_ticket("1.00")

    with pytest.raises(ValueError, match="'barter' is not known; it is one of mixed, time_based, per_ticket"):
        choose_strategy(ticket.pk, "barter", **HOW)

    assert not AuditEntry.objects.exists()


def test_T_21_a_rate_is_set_billed_at_and_audited():
    ticket = closed_ticket("1.00")
    TimeEntryFactory.create(ticket=ticket, hourly_rate=120)

    set_rate(ticket.pk, Decimal("95.50"), **HOW)
    billing.bill_ticket(ticket.pk, at=later(hours=1))

    assert amounts() == [("time", 19100)]
    assert audited("ticket.rate")[3] == {
        "before": {"hourly_rate_override": None, "status": "unbilled", "reason": ""},
        "after": {"hourly_rate_override": "95.5000", "status": "unbilled", "reason": ""},
    }


def test_a_rate_goes_back_to_the_agreed_one():
    ticket = closed_ticket("1.00")
    set_rate(ticket.pk, Decimal(0), **HOW)
    set_rate(ticket.pk, None, **HOW)

    assert bill_now(ticket.pk, reason=WHY, by="petra", at=NOW).subtotal_cents == 8000


@pytest.mark.parametrize("rate", ["-1", "-0.0001", "NaN", "Infinity", "1.00001", "100000000"])
def test_a_rate_that_is_no_price_is_refused(rate):
    ticket = closed_ticket("1.00")

    with pytest.raises(ValueError, match="a rate"):
        set_rate(ticket.pk, Decimal(rate), **HOW)

    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("rate", ["0", "-0", "0.0001", "99999999.9999", "80.000000"])
def test_a_rate_that_is_a_price_is_kept_exactly(rate):
    ticket = closed_ticket("1.00")

    set_rate(ticket.pk, Decimal(rate), **HOW)

    ticket.refresh_from_db()
    assert ticket.hourly_rate_override == Decimal(rate)


def test_a_rate_puts_a_ticket_back_that_was_held_for_want_of_one():
    ticket = closed_ticket("1.00", client=ClientFactory.create(hourly_rate=None))
    billing.bill_ticket(ticket.pk, at=NOW)
    assert state(ticket) == ("held", "no_rate")

    set_rate(ticket.pk, Decimal(95), **HOW)

    assert state(ticket) == ("unbilled", "")
    assert audited("ticket.rate")[3]["before"]["reason"] == "no_rate"


@pytest.mark.parametrize("change", [OVERRIDES["strategy"], OVERRIDES["rate"]], ids=["strategy", "rate"])
def test_what_a_person_holds_or_waived_stays_so_when_its_price_changes(change):
    held, waived = closed_ticket("1.00"), closed_ticket("1.00")
    hold_ticket(held.pk, **HOW)
    waive_ticket(waived.pk, **HOW)

    change(held.pk, **HOW)
    change(waived.pk, **HOW)

    assert (state(held), state(waived)) == (("held", "held_by_person"), ("waived", "waived"))


@pytest.mark.parametrize(
    ("override", "action", "after"),
    [(waive_ticket, "ticket.waived", ("waived", "waived")), (hold_ticket, "ticket.held", ("held", "held_by_person"))],
    ids=["waive", "hold"],
)
def test_T_21_waiving_and_holding_are_audited_and_automation_respects_them(override, action, after):
    ticket = closed_ticket("1.00")

    override(ticket.pk, **HOW)
    TimeEntryFactory.create(ticket=ticket)
    list(automation.catch_up(at=later(hours=1)))

    assert state(ticket) == after
    assert (ticket.billing_detail, ticket.billing_decided_at) == (WHY, NOW)
    assert audited(action) == (
        "petra", NOW, WHY,
        {"before": {"status": "unbilled", "reason": ""}, "after": dict(zip(("status", "reason"), after, strict=True))},
    )  # fmt: skip
    assert not Claim.objects.exists()


def test_what_is_held_for_another_reason_can_be_held_by_a_person():
    client = ClientFactory.create(hourly_rate=None)
    ticket = closed_ticket("1.00", client=client)
    billing.bill_ticket(ticket.pk, at=NOW)

    hold_ticket(ticket.pk, **HOW)
    client.hourly_rate = Decimal(80)
    client.save()

    assert state(ticket) == ("held", "held_by_person")


@pytest.mark.parametrize("aside", [waive_ticket, hold_ticket], ids=["waived", "held"])
def test_T_21_release_puts_a_ticket_back_and_automation_bills_it(aside):
    ticket = closed_ticket("1.00")
    aside(ticket.pk, **HOW)

    release_ticket(ticket.pk, reason=WHY, by="ann", at=later(minutes=1))
    list(automation.catch_up(at=later(hours=1)))

    assert state(ticket) == ("billed", "")
    by, _, reason, data = audited("ticket.released")
    assert (by, reason, data["after"]) == ("ann", WHY, {"status": "unbilled", "reason": ""})
    assert data["before"]["status"] in ("waived", "held")


def billed():
    ticket = closed_ticket("1.00")
    billing.bill_ticket(ticket.pk, at=NOW)
    return ticket


def waived():
    ticket = closed_ticket("1.00")
    waive_ticket(ticket.pk, **HOW)
    return ticket


def held():
    ticket = closed_ticket("1.00")
    hold_ticket(ticket.pk, **HOW)
    return ticket


@pytest.mark.parametrize(
    ("override", "make", "sentence"),
    [
        (waive_ticket, billed, "is billed and cannot be waived"),
        (waive_ticket, covered_ticket, "is covered and cannot be waived"),
        (waive_ticket, waived, "is waived and cannot be waived"),
        (hold_ticket, billed, "is billed and cannot be held"),
        (hold_ticket, covered_ticket, "is covered and cannot be held"),
        (hold_ticket, waived, "is waived and cannot be held"),
        (hold_ticket, held, f"is held by a person already: {WHY}"),
        (release_ticket, billed, "is billed: take it off its document, or force it"),
        (release_ticket, covered_ticket, "is covered: take it off its document, or force it"),
        (release_ticket, lambda: closed_ticket("1.00"), "is not set aside"),
    ],
)
def test_what_does_not_fit_the_state_is_refused_and_changes_nothing(override, make, sentence):
    ticket = make()
    before, entries = state(ticket), AuditEntry.objects.count()

    with pytest.raises(InvalidTransition, match=sentence):
        override(ticket.pk, **HOW)

    assert (state(ticket), AuditEntry.objects.count()) == (before, entries)


@pytest.mark.parametrize("override", [waive_ticket, hold_ticket], ids=["waive", "hold"])
def test_a_stale_copy_of_the_ticket_decides_nothing(override):
    """The decision follows what the row says under its lock, not what somebody saw before."""
    ticket = closed_ticket("1.00")
    seen = Ticket.objects.get(pk=ticket.pk)
    billing.bill_ticket(ticket.pk, at=NOW)

    with pytest.raises(InvalidTransition):
        override(seen.pk, **HOW)

    seen.save()
    assert state(seen) == ("billed", "")


def test_waiving_late_work_leaves_what_was_billed_billed():
    ticket = billed()
    TimeEntryFactory.create(ticket=ticket)
    assert state(ticket) == ("unbilled", "")

    waive_ticket(ticket.pk, **HOW)

    assert state(ticket) == ("waived", "waived")
    assert live("time_entry").get().outcome == "billed"


ATTEMPTS = st.lists(
    st.tuples(
        st.sampled_from(
            [*OVERRIDES, "bill", "sweep", "late work", "unbillable work", "expense", "discard", "discard and waive"]
        ),
        st.integers(0, 1),
    ),
    min_size=3,
    max_size=12,
)


def attempt(verb, ticket, step):
    """Do one thing; a refusal in words is fine."""
    how: dict[str, Any] = {"reason": WHY, "by": "petra", "at": later(minutes=step)}
    if verb in OVERRIDES:
        OVERRIDES[verb](ticket.pk, **how)
    elif verb == "bill":
        bill_now(ticket.pk, reason=WHY, by="petra", at=how["at"])
    elif verb == "sweep":
        list(automation.catch_up(at=later(days=1)))
    elif verb in ("late work", "unbillable work"):
        TimeEntryFactory.create(ticket=ticket, billable=verb == "late work")
    elif verb == "expense":
        ExpenseFactory.create(ticket=ticket)
    else:
        for draft in Invoice.objects.filter(status="draft"):
            discard_draft(draft.pk, then="waive" if "waive" in verb else "bill", **how)


def never_billed_twice(attempts, *, after_each_step=False):
    contract = ContractFactory.create(per_ticket_rate=50, included_tickets=1, included_seconds=1800)
    tickets = [closed_ticket("1.00", client=contract.client), closed_ticket("0.50", client=contract.client)]
    for step, (verb, which) in enumerate(attempts):
        try:
            with transaction.atomic():
                attempt(verb, tickets[which], step)
        except InvalidTransition:
            pass
        if after_each_step:
            assert violations() == []
    assert violations() == []
    units = Claim.objects.filter(released_at__isnull=True).values_list("kind", "source_id", "part")
    assert len(units) == len(set(units))
    fees = InvoiceLine.objects.filter(kind="ticket_fee").exclude(invoice__status="discarded")
    assert fees.count() == live("ticket_fee").filter(outcome="billed").count() <= 2
    transaction.set_rollback(True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ATTEMPTS)
def test_I_16_whatever_is_overruled_in_whatever_order_nothing_is_billed_twice(db, attempts):
    with transaction.atomic():
        never_billed_twice(attempts)


@pytest.mark.full
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ATTEMPTS)
def test_I_16_the_same_500_times(db, attempts):
    with transaction.atomic():
        never_billed_twice(attempts, after_each_step=True)


def test_late_time_on_a_ticket_that_its_fee_has_paid_for_is_settled_with_it():
    contract = ContractFactory.create(strategy="per_ticket", per_ticket_rate=50)
    ticket = closed_ticket("1.00", client=contract.client)
    billing.bill_ticket(ticket.pk, at=NOW)
    TimeEntryFactory.create(ticket=ticket)

    (result,) = billing.bill_tickets([ticket.pk], at=later(hours=1)).results

    assert (result.reason, state(ticket)[0]) == ("already_billed", "billed")
    assert sorted(live("time_entry").values_list("outcome", flat=True)) == ["billed", "free"]
    assert amounts() == [("ticket_fee", 5000)]


def test_what_forcing_would_come_to_is_told_without_an_approval_that_forcing_ends():
    ticket = closed_ticket("9.00", client=ClientFactory.create())
    TimeEntryFactory.create(ticket=ticket, billable=False)
    approve_ticket(ticket.pk, approver=Approver("paul", ""), at=NOW)
    discard_draft(Invoice.objects.get().pk, reason=WHY, by="petra", at=later(hours=1))

    foreseen = foresee_force(ticket.pk, at=later(hours=2))
    done = force_ticket(ticket.pk, reason=WHY, by="petra", at=later(hours=2))

    assert (foreseen.outcome, foreseen.reason) == (done.outcome, done.reason) == ("hold", "above_approval_threshold")


def test_what_would_become_of_a_ticket_that_does_not_exist_is_said_so():
    with pytest.raises(Ticket.DoesNotExist, match="no such ticket"):
        foresee_force(4711, at=NOW)
