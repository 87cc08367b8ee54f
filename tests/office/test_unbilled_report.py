"""unbilled_report: every unit is in one bucket with its reason, and what is lost does not stay unseen (P2, T-02)."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Claim, Invoice
from invoicing.recurring import bill_recurring
from office.unbilled.units import BUCKETS
from office.unbilled.wording import sentence
from tests.commands.running import run, run_read_only
from tests.factories import (
    DAY,
    NOW,
    ClientChargeFactory,
    ClientFactory,
    ContractFactory,
    ExpenseFactory,
    RecurringChargeFactory,
    TicketFactory,
    TimeEntryFactory,
    closed_ticket,
)
from tests.office.lines import import_lines, line
from tests.office.test_import_demo import DEMO, NAMES
from tickets import billing
from tickets.models import Ticket, TimeEntry
from tickets.overrides import hold_ticket, waive_ticket
from tickets.plan import HOLD_REASONS
from tickets.querysets import FROM_SETTINGS

pytestmark = pytest.mark.django_db

SKIP_REASONS = {
    "internal", "no_client", "not_billable", "non_billable_type", "already_billed", "billed_elsewhere",
    *(set(FROM_SETTINGS) - HOLD_REASONS),
}  # fmt: skip


def report(*arguments):
    """The report as scripts read it; nothing may be written, and nothing may be lost."""
    found = run_read_only("unbilled_report", "--format", "json", *arguments)
    assert (found.code, found.err) == (0, "")
    answer = found.json
    assert answer["closing_balance"] == 0
    assert answer["units"] == sum(answer["types"].values()) == sum(one["units"] for one in answer["buckets"])
    assert {one["bucket"] for one in answer["buckets"]} <= set(BUCKETS)
    return answer


def places(answer):
    """How many units are where."""
    return {(one["bucket"], one["reason"]): one["units"] for one in answer["buckets"]}


def listed(answer):
    """Where each unit is that nothing has settled."""
    return {one["id"]: (one["bucket"], one["reason"]) for one in answer["unbilled"]}


def billed_by_hand(*tickets):
    billing.bill_tickets([ticket.pk for ticket in tickets], at=NOW, by="ann", by_hand=True)


def test_P_2_what_is_settled_is_told_from_what_settled_it():
    hours = ContractFactory.create(client__external_id="acme", included_seconds=1800)
    paid_in_part = closed_ticket("1.00", client=hours.client)
    paid = closed_ticket("0.25", client=hours.client, closed_at=NOW)
    included = closed_ticket("1.00", client=ContractFactory.create(included_tickets=1, per_ticket_rate=50).client)
    unlimited = closed_ticket("2.00", client=ContractFactory.create(unlimited_hours=True).client)
    skipping = ContractFactory.create(rounding_level="entry", below_minimum="skip")
    free = closed_ticket("1.00", "0.10", client=skipping.client)
    absorbing = ContractFactory.create(late_work="absorb")
    late = closed_ticket("1.00", client=absorbing.client)
    billed_by_hand(paid, paid_in_part, included, unlimited, free, late)
    TimeEntryFactory.create(ticket=late)
    billed_by_hand(late)
    issue_invoices(list(Invoice.objects.filter(client=free.client).values_list("pk", flat=True)), at=NOW, by="ann")

    answer = report()

    assert places(answer) == {
        ("billed", "draft"): 2,
        ("billed", "issued"): 1,
        ("covered", "included_hours"): 1,
        ("covered", "included_ticket"): 2,  # the time and the fee
        ("covered", "unlimited_plan"): 1,
        ("free", "zero_amount"): 1,
        ("absorbed", "late_work_absorbed"): 1,
    }
    assert answer["unbilled"] == []


def test_P_2_amounts_are_those_of_the_lines_and_prices_of_units_where_one_can_be_said():
    acme = ContractFactory.create(client__external_id="acme", hourly_rate=90, per_ticket_rate=50).client
    ticket = closed_ticket("1.00", "0.50", client=acme)
    ExpenseFactory.create(ticket=ticket)
    billed_by_hand(ticket)
    waiting = TicketFactory.create(client=ClientFactory.create(currency="KWD"))
    ExpenseFactory.create(ticket=waiting, quantity=3, unit_price=Decimal("0.1115"))
    RecurringChargeFactory.create(contract__client=acme, contract__status="draft", valid_from=NOW.date())

    found = {(one["bucket"], one["currency"]): one for one in report("--as-of", "2026-01-16")["buckets"]}

    # 1.50 h at 90.00 on one line, the fee, and two SSDs
    assert found["billed", "EUR"]["amount_cents"] == 13500 + 5000 + 15980
    assert (found["billed", "EUR"]["units"], found["billed", "EUR"]["seconds"]) == (4, 5400)
    assert (found["pending", "KWD"]["amount_cents"], found["pending", "KWD"]["seconds"]) == (335, None)
    assert (found["skipped", "EUR"]["reason"], found["skipped", "EUR"]["amount_cents"]) == (
        "contract_not_in_force", 22800,
    )  # fmt: skip


def test_P_2_work_that_does_not_count_says_why():
    acme = ClientFactory.create()
    ticket = TicketFactory.create(client=acme)
    kinds: dict[str, dict[str, Any]] = {
        "draft": {"status": "draft"},
        "rejected": {"status": "rejected"},
        "free": {"billable": False},
        "running": {"seconds_worked": None, "started_at": NOW},
        "good": {},
    }
    for name, facts in kinds.items():
        TimeEntryFactory.create(external_id=name, ticket=ticket, **facts)
    TimeEntryFactory.create(external_id="forced", ticket=TicketFactory.create(client=acme, forced=True), billable=False)
    TimeEntryFactory.create(external_id="unfinished", ticket=TicketFactory.create(client=acme, status="open"))
    TimeEntryFactory.create(external_id="given_up", ticket=TicketFactory.create(client=acme, status="cancelled"))
    TimeEntryFactory.create(external_id="nobody's", ticket=TicketFactory.create(client=None))
    for verb, name in ((waive_ticket, "waived"), (hold_ticket, "held")):
        set_aside = TimeEntryFactory.create(external_id=name, ticket=TicketFactory.create(client=acme))
        verb(set_aside.ticket_id, reason="goodwill", by="ann", at=NOW)

    assert listed(report()) == {
        "draft": ("not_counted", "draft"),
        "rejected": ("not_counted", "rejected"),
        "free": ("not_counted", "not_billable"),
        "running": ("not_counted", "running"),
        "good": ("pending", "not_decided"),
        "forced": ("pending", "not_decided"),
        "unfinished": ("open", "not_closed"),
        "given_up": ("open", "ticket_cancelled"),
        "nobody's": ("pending", "not_decided"),
        "waived": ("waived", "waived"),
        "held": ("held", "held_by_person"),
    }


def test_T_02_every_stored_reason_is_counted():
    wanted = {("held", reason) for reason in HOLD_REASONS} | {("skipped", reason) for reason in SKIP_REASONS}
    acme = ClientFactory.create()
    for state, reason in wanted:
        ticket = closed_ticket("0.50", client=acme, external_id=f"t-{reason}")
        ExpenseFactory.create(ticket=ticket)
        Ticket.objects.filter(pk=ticket.pk).update(
            billing_status=state, billing_reason=reason, billing_decided_at=NOW, billing_detail=""
        )

    answer = report("--client", acme.external_id)

    assert places(answer) == dict.fromkeys(wanted, 2)
    assert Counter((one["ticket"], one["reason"], one["since"]) for one in answer["unbilled"]) == {
        (f"t-{reason}", reason, "2026-01-16"): 2 for _, reason in wanted
    }
    assert all(sentence(*place).endswith(".") for place in wanted)


def test_P_2_what_another_system_billed_is_elsewhere_marked_or_claimed(tmp_path):
    ticket = TicketFactory.create(external_id="t1", billed_elsewhere="R-1")
    TimeEntryFactory.create(ticket=ticket, billed_elsewhere="R-1")
    ExpenseFactory.create(ticket=ticket, billed_elsewhere="R-1")
    claimed = line("time_entry", id="e9", ticket="t1", billed_elsewhere="R-2")
    assert import_lines(tmp_path, claimed)[0] == 0

    answer = report()

    assert places(answer) == {("elsewhere", "billed_elsewhere"): 4}
    assert answer["types"] == {"expense": 1, "ticket_fee": 1, "time_entry": 2}


def test_P_2_charges_are_units_by_the_period_with_what_keeps_them():
    acme = ContractFactory.create(client__external_id="acme")
    RecurringChargeFactory.create(external_id="seats", contract=acme)
    ClientChargeFactory.create(external_id="rack", client=acme.client)
    ClientChargeFactory.create(external_id="gift", client=acme.client, unit_price=0)
    list(bill_recurring(at=NOW, by="ann"))
    partner = ClientFactory.create(is_partner=True)
    managed = ClientFactory.create(managed_by=partner)
    ClientChargeFactory.create(external_id="of_partner", client=managed)
    ClientChargeFactory.create(external_id="off", client=ClientFactory.create(automation="off"))
    ClientChargeFactory.create(external_id="due", client=acme.client)
    RecurringChargeFactory.create(external_id="old", contract__status="cancelled", contract__client=acme.client)

    answer = report("--as-of", "2026-01-31")

    assert places(answer) == {
        ("billed", "draft"): 2,
        ("free", "zero_amount"): 1,
        ("skipped", "managed_by_partner"): 1,
        ("skipped", "client_not_enrolled"): 1,
        ("skipped", "contract_not_in_force"): 1,
        ("pending", "not_decided"): 1,
    }
    of_old = next(one for one in answer["unbilled"] if one["id"] == "old")
    assert (of_old["type"], of_old["part"], of_old["since"]) == ("recurring", "2026-01-01", "2026-01-01")


def test_P_2_a_lost_unit_ends_with_1_and_is_named():
    ticket = closed_ticket("1.00", external_id="t1")
    TimeEntry.objects.filter(ticket=ticket).update(external_id="e1")
    billed_by_hand(ticket)
    with transaction.atomic():
        Claim.objects.update(released_at=NOW, released_by="nobody")
        found = run("unbilled_report", "--format", "json")
        for_people = run("unbilled_report")
        transaction.set_rollback(True)

    assert (found.code, found.json["closing_balance"], found.json["buckets"]) == (1, 1, [])
    assert [(one["id"], one["bucket"], one["reason"]) for one in found.json["unbilled"]] == [("e1", None, "lost")]
    assert found.err == "the closing balance is 1 and not 0 (time entry +1); in no bucket: time entry e1\n"
    assert "It should be settled, and nothing settles it." in for_people.out


def test_P_2_a_unit_that_planning_forgets_is_missed(monkeypatch):
    ClientChargeFactory.create()
    monkeypatch.setattr("office.unbilled.charges.unbilled_charges", lambda **_: iter(()))

    found = run("unbilled_report")

    assert (found.code, found.err) == (1, "the closing balance is 1 and not 0 (charge +1)\n")


def test_people_read_a_table_and_sentences():
    ticket = closed_ticket("1.50", external_id="t1", client=ClientFactory.create(external_id="acme"))
    TimeEntryFactory.create(external_id="e1", ticket=ticket, status="draft", seconds_worked=20)
    billed_by_hand(ticket)

    lines = run_read_only("unbilled_report", "--client", "acme", "--as-of", "2026-01-16").lines

    assert lines[0] == "billable work of client acme as of 2026-01-16"
    assert lines[2].split() == ["bucket", "units", "time", "amount", "reason"]
    assert " ".join(lines[3].split()) == "billed 1 1:30 120.00 EUR It is on a draft that was not issued yet."
    assert " ".join(lines[4].split()) == "not counted 1 0:00:20 The time is a draft."
    assert " ".join(lines[7].split()) == "acme t1 time entry e1 not counted 2026-01-15 The time is a draft."
    assert lines[-1] == "2 units; closing balance 0"


def test_only_the_client_s_units_are_counted():
    for name in ("mine", "other"):
        client = ClientFactory.create(external_id=name)
        ticket = closed_ticket("1.00", client=client)
        ExpenseFactory.create(ticket=ticket)
        ContractFactory.create(client=client, per_ticket_rate=10)
        ClientChargeFactory.create(client=client)
        RecurringChargeFactory.create(contract__client=client, valid_to=DAY)
    billed_by_hand(ticket)

    answer = report("--client", "mine")

    assert (answer["client"], answer["units"]) == ("mine", 5)
    assert {one["client"] for one in answer["unbilled"]} == {"mine"}
    assert report()["units"] == 10


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--client", "nobody"), "there is no client 'nobody'"),
        (("--as-of", "2190-01-01"), "--as-of: 2190-01-01 is yet to come"),
        (("--as-of", "yesterday"), "--as-of yesterday is not a date such as 2026-01-15"),
    ],
)
def test_an_option_that_names_nothing_ends_with_1(arguments, problem):
    found = run("unbilled_report", *arguments)

    assert (found.code, found.out, found.err) == (1, "", f"{problem}\n")


def test_P_2_the_report_agrees_with_the_run_that_billed_the_demo():
    run("import_records", *[str(DEMO / name) for name in NAMES])
    at = "2026-11-02T09:00:00+01:00"
    ran = run("bill_tickets", "--format", "json", "--at", at).json

    answer = report("--as-of", "2026-11-02")

    billed: Counter[str] = Counter()
    for one in answer["buckets"]:
        if one["bucket"] == "billed":
            billed[one["currency"]] += one["amount_cents"]
    assert billed == ran["summary"]["subtotal_cents"]
    aside = {one["ticket"]: one["reason"] for one in ran["tickets"] if one["outcome"] in ("hold", "skip")}
    told = {one["ticket"]: one["reason"] for one in answer["unbilled"] if one["bucket"] in ("held", "skipped")}
    assert told == {ticket: reason for ticket, reason in aside.items() if ticket in told}
    with_units = set(TimeEntry.objects.filter(billable=True).values_list("ticket__external_id", flat=True))
    assert {ticket for ticket, reason in aside.items() if reason != "nothing_to_bill"} & with_units <= set(told)
