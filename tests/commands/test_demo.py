"""demo_close and demo_show: the demo's month is billed, decided about and closed, and what became of it is shown."""

from __future__ import annotations

import pytest

from invoicing.models import AuditEntry, Invoice
from invoicing.stripe.emptying import push_due
from invoicing.switches import stop_automation
from office.management.demo_decisions import DECISIONS
from tests.commands.running import AT, run, run_read_only
from tests.factories import NOW, ClientFactory, TimeEntryFactory, closed_ticket
from tests.invoicing.documents import draft
from tests.invoicing.stripe.telling import SECRETS, now, process, receive, set_up
from tests.office.test_import_demo import DEMO, NAMES
from tests.stripe_simulator import StripeSimulator
from tickets.models import Ticket
from tickets.overrides import waive_ticket

pytestmark = pytest.mark.django_db

MONTH_S_END = "2026-10-31T18:00:00+01:00"


@pytest.fixture
def demo():
    run("import_records", *[str(DEMO / name) for name in NAMES])


def test_the_demo_s_open_tickets_with_time_are_closed_and_named(demo):
    open_before = set(Ticket.objects.filter(status="in_progress").values_list("number", flat=True))

    found = run("demo_close", "--at", MONTH_S_END)

    assert found.code == 0
    assert open_before <= {line.split()[1] for line in found.lines if line.startswith("closed ")}
    assert not Ticket.objects.filter(status__in=["open", "in_progress", "waiting"], time_entries__isnull=False).exists()
    assert set(AuditEntry.objects.filter(action="ticket.closed").values_list("by", flat=True)) == {"demo"}
    assert run("demo_close").lines == ["the demo has no open ticket left"]


def test_what_people_decide_in_the_month_is_decided_once(demo):
    first = run("demo_close", "--at", MONTH_S_END)

    said = [line.split("  ")[0] for line in first.lines if not line.startswith("closed ")]
    again = run("demo_close", "--at", "2026-10-31T18:01:00+01:00")

    assert said == [f"{one.verb} {one.ticket[1:]}" for one in DECISIONS]
    assert again.lines == ["the demo has no open ticket left"]
    ours = AuditEntry.objects.filter(by="demo", action__in={one.trace for one in DECISIONS})
    assert {one.trace for one in DECISIONS} == set(ours.values_list("action", flat=True))


def test_what_somebody_has_decided_otherwise_is_left(demo):
    for ticket in ("t4052", "t4089", "t4081"):
        waive_ticket(Ticket.objects.get(external_id=ticket).pk, reason="I try it out", by="ann", at=NOW)

    lines = run("demo_close", "--at", MONTH_S_END).lines

    left = [line for line in lines if line.startswith("left ")]
    assert left[0].startswith("left 4052  Ransomware drill with the auditor: ")
    assert left[1:] == ["left 4081  Outlook no longer connects after password change: the ticket is on no document"]
    assert not any("4089" in line for line in lines)


def test_while_automation_is_stopped_the_month_stays_as_it_is(demo):
    stop_automation(reason="wrong rates", by="anna", at=NOW)

    found = run("demo_close", "--at", MONTH_S_END)

    assert (found.code, found.out) == (1, "")
    assert "automation_off" in found.err


def test_tickets_of_anybody_else_stay_open(demo):
    own = TimeEntryFactory.create(ticket__status="open").ticket

    run("demo_close", "--by", "ann")

    own.refresh_from_db()
    assert own.status == "open"


def test_a_dry_run_closes_nothing(demo):
    found = run_read_only("demo_close", "--dry-run")

    assert found.lines[0] == "would have approved 4052  Ransomware drill with the auditor"
    assert found.lines[-1].startswith("would close ")
    assert not AuditEntry.objects.filter(action="ticket.closed").exists()


def test_production_is_left_alone(settings, demo):
    settings.APP_ENV = "production"

    found = run("demo_close")

    assert (found.code, found.out) == (1, "")
    assert found.err == "this is a production installation; the demo is for trying out\n"


def billed():
    """One issued document, one draft, one ticket that nobody bills, one that is open."""
    acme = ClientFactory.create(external_id="acme", name="Acme GmbH")
    closed_ticket("1.00", client=acme)
    run("bill_tickets", "--at", AT)
    run("issue_invoices", "--at", AT)
    closed_ticket("10.00", client=acme)
    bolt = ClientFactory.create(external_id="bolt", name="Bolt AG", hourly_rate=1000)
    closed_ticket("1.50", client=bolt)
    closed_ticket("1.00", client=acme, status="open")
    run("bill_tickets", "--at", AT)


def test_documents_and_outcomes_are_shown():
    billed()

    assert run("demo_show").lines == [
        "document        client     lines      subtotal",
        "INV-2026-00001  Acme GmbH      1     80.00 EUR",
        "draft           Bolt AG        1  1,500.00 EUR",
        "",
        "tickets",
        "  billed        2",
        "  held          1  above_approval_threshold",
        "  not finished  1",
    ]


def test_only_what_was_made_or_issued_since_is_shown():
    billed()

    found = run("demo_show", "--since", "2026-01-16T09:00:01+01:00")

    assert found.lines[0] == "no documents yet"


def test_nothing_yet_is_said_as_well():
    assert run("demo_show").lines == ["no documents yet", "", "tickets", "  none"]


def test_waiting_ends_when_nothing_is_due():
    billed()

    assert run("demo_show", "--wait", "30").code == 0


def test_waiting_in_vain_is_said_and_fails_where_there_is_no_document():
    closed_ticket("1.00")

    found = run("demo_show", "--wait", "0.01")

    assert found.code == 1
    assert "1 tickets are still due after 0.01 s" in found.err
    assert not Invoice.objects.exists()


def test_the_demo_s_printer_pays_at_stripe_and_the_payment_is_shown(settings):
    fabel = ClientFactory.create(external_id="fabel", name="Fabel", delivery="stripe", e_invoice="none")
    draft(10000, client=fabel)
    with StripeSimulator() as sim:
        sim.world.saves_cards = True
        sim.webhook(receive, SECRETS)
        set_up(settings, sim)
        assert run_read_only("demo_pay", "--dry-run").lines == ["drafts that would be issued and sent to Stripe: 1"]
        assert run("demo_pay").lines == ["sent INV-2026-00001 to Stripe: open"]
        list(push_due(at=now()))
        sim.deliver(order="shuffled", duplicates=1)
        process()

    assert run("demo_show").lines[-3:] == [
        "paid at Stripe",
        "  INV-2026-00001  Fabel  119.00 EUR  paid here, paid there",
        "  12 events were delivered 24 times and out of order; each counts once",
    ]
    assert run("demo_pay").lines == ["the demo has no document left to be paid at Stripe"]


def test_what_is_not_paid_in_time_is_said_and_production_is_left_alone(settings):
    draft(100, client=ClientFactory.create(external_id="fabel", delivery="stripe", e_invoice="none"))
    set_up(settings)
    found = run("demo_pay", "--wait", "0.01")
    assert (found.code, found.lines) == (1, ["sent INV-2026-00001 to Stripe: open"])
    assert "1 documents are not paid after 0.01 s" in found.err
    settings.APP_ENV = "production"
    assert run("demo_pay").code == 1
