"""Reports: what billing did, what failed and the ways out of it, the queues, unbilled work, the trail, and files."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from redis import Redis
from redis.exceptions import ConnectionError as BrokerAway

from gateway_billing.models import MonthAttempt
from invoicing import audit
from invoicing.jobs import register, run_waiting
from invoicing.lifecycle.issue import issue_invoices
from invoicing.lifecycle.payments import record_payment
from invoicing.models import AuditEntry, Invoice, Job, Mail, StripeCall, StripeEvent
from invoicing.sealing import seal_entries
from invoicing.stripe.outbox import AFTER_THE_ONE_BEFORE
from office.reports import messages as broker_messages
from office.reports.messages import message_of
from office.reports.trail import ROWS
from tests.commands.running import run
from tests.desk import said
from tests.factories import DAY, NOW, ClientFactory, TicketFactory, closed_ticket, configure
from tests.gateway_factories import PartnerFactory
from tests.signing_in import signed_in
from tickets.attempts import park
from tickets.billing import bill_tickets
from tickets.models import BillingAttempt, Ticket
from tickets.overrides import hold_ticket, waive_ticket

pytestmark = pytest.mark.django_db

ACTIVITY, FAILED, QUEUES, UNBILLED, TRAIL, EXPORTS = (
    reverse(f"report-{name}") for name in ("activity", "failed", "queues", "unbilled", "audit", "exports")
)
EVIL = "=cmd|'/c calc'!A1<script>alert(1)</script>"


def rows(browser: Any, url: str, **asked: object) -> list[dict[str, Any]]:
    page = browser.get(url, asked)
    assert page.status_code == 200
    found: list[dict[str, Any]] = page.context["rows"]
    return found


@contextmanager
def at_most(queries: int):
    with CaptureQueriesContext(connection) as made:
        yield
    assert len(made) <= queries, [one["sql"][:100] for one in made]


def done(page: Any) -> str:
    """Have a worker do the job that a page started; what its page shows then."""
    assert page.status_code == 302
    run_waiting()
    shown: str = signed_in("viewer").get(page.url).content.decode()
    return shown


def test_activity_tells_by_kind_client_day_and_doer_what_billing_did():
    client = ClientFactory.create(name="Bäckerei <b>Brauer</b>")
    billed, covered, other = closed_ticket("1.00", client=client), closed_ticket("1.00"), closed_ticket("2.00")
    bill_tickets([billed.pk], at=NOW)
    bill_tickets([other.pk], at=NOW, by="ann", by_hand=True, reason="asked for")
    hold_ticket(covered.pk, reason="quarrel", by="ben", at=NOW)
    waive_ticket(covered.pk, reason=EVIL, by="ben", at=NOW)
    draft = Invoice.objects.get(client=client)
    issue_invoices([draft.pk], at=NOW + timedelta(days=1), by="ann")
    record_payment(draft.pk, 100, received_on=DAY, reference="R 1", by="ann", at=NOW + timedelta(days=1))
    park(TicketFactory.create().pk, "division by zero", at=NOW)
    browser = signed_in("viewer")

    with at_most(20):
        page = browser.get(ACTIVITY)
    html = page.content.decode()
    assert "Bäckerei &lt;b&gt;Brauer&lt;/b&gt;" in html
    assert "<script>alert" not in html
    assert "division by zero" in html

    def said(**asked: object) -> list[tuple[str, str]]:
        return [(row["entry"].action, row["entry"].by) for row in rows(browser, ACTIVITY, **asked)]

    assert said(kind="billed") == [("ticket.billed", "ann"), ("ticket.billed", "system")]
    assert said(kind="billed", who="automation") == [("ticket.billed", "system")]
    assert said(kind="overrides") == [("ticket.waived", "ben"), ("ticket.held", "ben")]
    assert said(kind="failed") == [("ticket.parked", "system")]
    assert said(kind="payments") == [("invoice.payment", "ann")]
    assert said(kind="documents") == [("invoice.issued", "ann")]
    assert said(client=client.external_id, kind="billed") == [("ticket.billed", "system")]
    assert [row["amount"] for row in rows(browser, ACTIVITY, client=client.name.upper(), kind="billed")] == [
        "80.00 EUR"
    ]
    tomorrow = (NOW + timedelta(days=1)).date()
    assert said(since=tomorrow) == [("invoice.payment", "ann"), ("invoice.issued", "ann")]
    assert len(said(until=NOW.date())) == len(said()) - 2
    assert "No client has this id or name." in browser.get(ACTIVITY, {"client": "nobody"}).content.decode()
    assert (
        "This is before the first day."
        in browser.get(ACTIVITY, {"since": "2026-01-15", "until": "2020-01-01"}).content.decode()
    )


def test_I_15_what_automation_holds_or_skips_is_in_the_trail_and_told_once():
    held, skipped = closed_ticket("9.00"), closed_ticket("1.00", billable=False)
    bill_tickets([held.pk, skipped.pk], at=NOW)
    bill_tickets([held.pk, skipped.pk], at=NOW)
    browser = signed_in("viewer")

    (one,) = rows(browser, ACTIVITY, kind="held")
    (two,) = rows(browser, ACTIVITY, kind="skipped")
    assert (one["entry"].action, one["entry"].subject_id) == ("ticket.not_billed", held.pk)
    assert (two["entry"].action, two["entry"].subject_id) == ("ticket.not_billed", skipped.pk)
    assert one["entry"].data == {"outcome": "hold", "reason": Ticket.objects.get(pk=held.pk).billing_reason}


def test_a_page_of_the_trail_goes_on_where_the_one_before_ended_whatever_comes_in_meanwhile():
    actions = [audit.Action("ticket.billed", "ticket", None, f"no {number}") for number in range(ROWS + 3)]
    audit.record_all(actions, by="ann", at=NOW)
    browser = signed_in("viewer")

    for url in (ACTIVITY, TRAIL):
        first = browser.get(url, {"who": "people"})
        audit.record("ticket.billed", None, by="ann", at=NOW, reason="late")
        with at_most(20):
            second = browser.get(url + first.context["page"].older)
        seen = [row["entry"].pk for page in (first, second) for row in page.context["rows"]]
        assert len(set(seen)) == len(seen)
        assert not second.context["page"].older
        assert "Newest" in second.content.decode()
    for nonsense in ("0", "-1", "x", "9" * 30, "\u0663"):
        assert browser.get(ACTIVITY, {"before": nonsense}).status_code == 200


def test_the_trail_is_found_by_subject_person_and_action_and_leads_to_what_it_is_about():
    ticket, other = closed_ticket("1.00"), closed_ticket("1.00")
    hold_ticket(ticket.pk, reason="quarrel", by="Ann", at=NOW)
    hold_ticket(other.pk, reason="quarrel", by="ben", at=NOW)
    browser = signed_in("viewer")

    (row,) = rows(browser, TRAIL, subject="ticket", key=ticket.pk)
    assert row["subject"].url == reverse("admin:tickets_ticket_change", args=[ticket.pk])
    assert json.loads(row["data"])["after"]["status"] == "held"
    assert [row["entry"].by for row in rows(browser, TRAIL, person="ann")] == ["Ann"]
    assert len(rows(browser, TRAIL, action="ticket.held")) == len(rows(browser, TRAIL, action="ticket")) == 2
    assert rows(browser, TRAIL, action="ticket.heldx") == rows(browser, TRAIL, action="tick") == []
    assert 'name="nonce"' not in browser.get(TRAIL).content.decode()
    assert browser.post(TRAIL).status_code == 403


def test_I_15_the_button_verifies_the_trail_and_finds_an_entry_without_its_seal(owner):
    hold_ticket(closed_ticket("1.00").pk, reason="quarrel", by="ann", at=NOW)
    seal_entries(at=NOW)
    browser: Any = signed_in("administrator")
    form = {"nonce": browser.get(TRAIL).context["nonce"]}

    with time_machine.travel(NOW, tick=False):
        assert "The audit trail is whole." in done(browser.post(TRAIL, form))
    assert browser.post(TRAIL, form).url == browser.post(TRAIL, form).url
    assert Job.objects.count() == 1
    hold_ticket(closed_ticket("1.00").pk, reason="quarrel", by="ann", at=NOW)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert "entries wait to be sealed" in done(browser.post(TRAIL))


@pytest.fixture
def failures() -> dict[str, Any]:
    """One of everything that fails."""
    client = ClientFactory.create(email="new@brauer.example")
    ticket = closed_ticket("1.00", client=client)
    park(ticket.pk, EVIL, at=NOW)
    at = {"queued_at": NOW, "queued_by": "system", "next_at": NOW}
    mail = Mail.objects.create(
        key="m", purpose="document", client=client, to=["old@brauer.example"], subject="Invoice", body="b",
        status="parked", last_error="no such mailbox", **at,
    )  # fmt: skip
    bill_tickets([closed_ticket("1.00", client=client).pk], at=NOW)
    draft = Invoice.objects.get()
    call = StripeCall.objects.create(key="1", purpose="invoice", client=client, invoice=draft, status="parked", **at)
    behind = {**at, "next_at": AFTER_THE_ONE_BEFORE}
    StripeCall.objects.create(key="2", purpose="lines", client=client, invoice=draft, **behind)
    event = StripeEvent.objects.create(
        event_id="evt_1", event_type="invoice.paid", payload=b"{}", received_at=NOW, next_at=NOW, status="parked"
    )
    job = Job.objects.create(
        key="j", kind="a kind of old", queued_at=NOW, queued_by="cleo", status="failed", last_error="gone", attempts=3
    )
    MonthAttempt.objects.create(partner=PartnerFactory.create(), period_start=date(2025, 12, 1), problem="no price")
    return {"tickets": ticket, "mails": mail, "calls": call, "events": event, "jobs": job}


def sent(browser: Any, action: str, row: Any, **answer: str) -> Any:
    return browser.post(FAILED, {"action": action, "_selected_action": [row.pk, "x", "9" * 30], **answer})


def test_what_failed_is_in_one_place_with_its_reason(failures):
    browser = signed_in("administrator")
    with at_most(20):
        page = browser.get(FAILED)

    html = page.content.decode()
    number = f"Ticket {failures['tickets'].number}"
    for told in ("=cmd|", "no such mailbox", "no price", "gone", number, "Try again…", "Dismiss…", "2025-12"):
        assert told in html
    assert "<script>alert" not in html
    assert {section["name"] for section in page.context["sections"]} == {*failures, "months"}
    looking = signed_in("viewer").get(FAILED)
    assert [section["verbs"] for section in looking.context["sections"]] == [[]] * 6


def test_failed_work_is_tried_again_with_a_reason_by_whoever_may(failures):
    clerk, boss = signed_in("clerk"), signed_in("administrator", username="boss")
    assert sent(clerk, "retry:jobs", failures["jobs"]).status_code == 403
    assert sent(signed_in("viewer"), "retry:mails", failures["mails"]).status_code == 403
    assert sent(boss, "retry:months", failures["jobs"]).status_code == 403

    for name, row in failures.items():
        who = boss if name == "jobs" else clerk
        asked = sent(who, f"retry:{name}", row)
        assert "Try again?" in asked.content.decode()
        assert (
            "This field is required." in sent(who, f"retry:{name}", row, confirmed="yes", reason=" ").content.decode()
        )
        assert said(sent(who, f"retry:{name}", row, confirmed="yes", reason="mended")) == ["1 done."]
        again = sent(who, f"retry:{name}", row, confirmed="yes", reason="mended")
        assert said(again)[-1].startswith("None of these is parked any more.")
        row.refresh_from_db()
    assert failures["tickets"].billing_status == "unbilled"
    assert (failures["mails"].status, failures["mails"].to) == ("queued", ["new@brauer.example"])
    assert {name: failures[name].status for name in ("calls", "events", "jobs")} == {
        "calls": "queued", "events": "pending", "jobs": "queued"
    }  # fmt: skip
    trail = AuditEntry.objects.filter(reason="mended").values_list("action", flat=True)
    assert sorted(trail) == [
        "job.tried_again", "mail.tried_again", "stripe.tried_again", "stripe_event.replayed", "ticket.released",
    ]  # fmt: skip


def test_failed_work_is_dismissed_for_good_and_nothing_waits_behind_it(failures):
    boss = signed_in("administrator", username="boss")
    for name, row in failures.items():
        assert said(sent(boss, f"dismiss:{name}", row, confirmed="yes", reason="never mind"))[-1] == "1 done."
        row.refresh_from_db()

    assert failures["tickets"].billing_status == "waived"
    assert (failures["mails"].status, failures["events"].status) == ("cancelled", "ignored")
    assert set(StripeCall.objects.values_list("status", flat=True)) == {"cancelled"}
    assert AuditEntry.objects.filter(reason="never mind", by="boss").count() == len(failures)
    page = boss.get(reverse("admin:invoicing_job_change", args=[failures["jobs"].pk])).content.decode()
    assert "Dismissed by boss: never mind" in page
    assert "gone" in page
    MonthAttempt.objects.all().delete()
    assert "Nothing has failed." in boss.get(FAILED).content.decode()


def test_a_mail_to_nobody_is_not_tried_again_and_says_what_to_mend(failures):
    client = failures["mails"].client
    client.email = client.invoice_email = ""
    client.save()

    answer = sent(signed_in("clerk"), "retry:mails", failures["mails"], confirmed="yes", reason="mended")

    assert said(answer) == [f"client {client.external_id} has no e-mail address"]
    assert Mail.objects.get().status == "parked"


def message(task: str, **arguments: object) -> bytes:
    body = b64encode(json.dumps([[], arguments, {}]).encode()).decode()
    headers = {"task": task, "retries": 2, "eta": "2026-01-15T09:00:00+00:00"}
    return json.dumps({"body": body, "headers": headers, "properties": {"body_encoding": "base64"}}).encode()


def test_a_message_is_tagged_by_what_it_is_about_and_one_that_is_none_does_no_harm():
    bill = message_of(message("tickets.tasks.bill_ticket", ticket_id=7))
    month = message_of(message("gateway_billing.tasks.run_partner_months", partner=9, text=EVIL, client=True))

    assert [tag.text for tag in bill.tags] == ["billing", "ticket:7"]
    assert (bill.arguments, bill.retries) == ("ticket_id=7", 2)
    assert [tag.text for tag in month.tags] == ["gateway", "client:9"]
    for raw in (b"", b"\xff", b"[]", b"{}", b'{"headers": {"task": "t"}, "body": 5}', b'{"headers": 1, "body": "x"}'):
        assert message_of(raw).task == "?"


def test_the_queues_show_what_is_taken_next_who_is_at_it_and_how_long_rows_wait():
    ticket = closed_ticket("1.00")
    BillingAttempt.objects.create(
        ticket_ids=[ticket.pk], started_at=NOW - timedelta(minutes=5), backend_pid=1, backend_started_at=NOW
    )
    Mail.objects.create(
        key="m", purpose="alert", subject="s", body="b", queued_at=NOW - timedelta(hours=2), queued_by="a", next_at=NOW
    )
    broker = Redis.from_url(current_app.conf.broker_url)
    broker.delete("billing")
    first = message("tickets.tasks.bill_ticket", ticket_id=ticket.pk, note=EVIL)
    broker.lpush("billing", first, message("invoicing.tasks.send_mail"), b"nonsense")
    before = broker.lrange("billing", 0, -1)

    browser = signed_in("viewer")
    with time_machine.travel(NOW, tick=False), at_most(20):
        page = browser.get(QUEUES)

    html = page.content.decode()
    queue = next(one for one in page.context["queues"] if one["queue"].name == "billing")
    assert [row["task"] for row in queue["rows"]] == [
        "tickets.tasks.bill_ticket", "invoicing.tasks.send_mail", "not to be read"
    ]  # fmt: skip
    assert f'href="{reverse("admin:tickets_ticket_change", args=[ticket.pk])}">ticket:{ticket.pk}</a>' in html
    assert "<script>alert" not in html
    assert "One ticket is being billed, for 5 min" in html
    assert {row["oldest"] for row in page.context["waiting"] if row["label"] == "Mails to be sent"} == {"2 h 0 min"}
    assert broker.lrange("billing", 0, -1) == before
    broker.delete("billing")


def test_a_broker_that_is_away_is_told_in_a_sentence(monkeypatch):
    def away(*_: object, **__: object) -> None:
        raise BrokerAway("refused")

    monkeypatch.setattr(Redis, "execute_command", away)
    monkeypatch.setattr("redis.client.Pipeline.execute", away)

    page = signed_in("viewer").get(QUEUES).content.decode()

    assert broker_messages.read_broker() is None
    assert "The broker does not answer." in page
    assert "No worker is billing anything right now." in page


def test_the_report_of_unbilled_work_is_that_of_the_command_by_client_and_day():
    client = ClientFactory.create(name=EVIL)
    ticket = closed_ticket("1.00", client=client)
    TicketFactory.create(status="open")
    bill_tickets([closed_ticket("2.00").pk], at=NOW)
    browser: Any = signed_in("viewer")
    form = {"client": client.external_id, "key": browser.get(UNBILLED).context["form"]["key"].value()}
    with time_machine.travel(NOW, tick=False):
        shown = done(browser.post(UNBILLED, form))
        of_all = done(browser.post(UNBILLED, {"key": "all"}))
        csv = b"".join(browser.post(UNBILLED, {"key": "c", "action": "csv"}).streaming_content).decode()
        told_by_command = run("unbilled_report", "--format", "csv")
        early = done(browser.post(UNBILLED, {"key": "d", "as_of": "2020-01-01"}))
        late = browser.post(UNBILLED, {"key": "e", "as_of": "2999-01-01"}).content.decode()

    assert browser.post(UNBILLED, form).url == browser.post(UNBILLED, form).url
    entry = ticket.time_entries.get().external_id
    assert "One unit, and it is in exactly one place." in shown
    assert f"time entry {entry}" in shown
    assert "Nobody has decided about it yet." in shown
    assert "<script>alert" not in shown
    assert "2 units, each in exactly one place." in of_all
    assert csv == told_by_command.out
    assert csv.splitlines()[0].startswith("type,id,part,ticket,client,bucket")
    assert [line.split(",")[1] for line in csv.splitlines()[1:]] == [entry]
    assert "All of it is settled." in early
    assert "This day is yet to come." in late


def test_files_are_those_of_the_commands_and_no_cell_is_a_formula():
    bill_tickets([closed_ticket("1.00").pk], at=NOW)
    issued = Invoice.objects.get()
    issue_invoices([issued.pk], at=NOW, by="ann")
    issued.refresh_from_db()
    bill_tickets([closed_ticket("1.00", subject=EVIL, client__name=EVIL).pk], at=NOW)
    Invoice.objects.filter(status="draft").update(reason=EVIL)
    clerk, viewer = signed_in("clerk"), signed_in("viewer")

    def taken(who: Any = clerk, **form: str) -> Any:
        answer = who.post(EXPORTS, form)
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment"), answer.content.decode()[-3000:]
        assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("private, no-store", "nosniff")
        return b"".join(answer.streaming_content)

    with time_machine.travel(NOW, tick=False):
        for name in ("csv", "json"):
            assert (
                taken(viewer, export="invoices", format=name).decode() == run("export_invoices", "--format", name).out
            )
        assert b",'=cmd|" in taken(viewer, export="invoices", format="csv")
        pack = taken(viewer, export="pack", number=str(issued.number))
    assert pack[:2] == b"PK"
    assert taken(export="bookings", format="xero", month="2026-01").startswith(b"ContactName")
    assert viewer.post(EXPORTS, {"export": "bookings"}).status_code == 403
    assert viewer.post(EXPORTS, {"export": "nonsense"}).status_code == 403
    for form, told in (
        ({"export": "bookings", "format": "xero"}, "This field is required."),
        ({"export": "bookings", "format": "xero", "month": "2026-13"}, "This is not a month such as 2026-01."),
        ({"export": "pack", "number": "R-0"}, "No document has this number."),
        ({"export": "invoices", "format": "csv", "client": "nobody"}, "No client has this id or name."),
    ):
        assert told in clerk.post(EXPORTS, form).content.decode()


def test_a_tax_without_an_account_is_said_in_the_form(settings):
    bill_tickets([closed_ticket("1.00").pk], at=NOW)
    issue_invoices(list(Invoice.objects.values_list("pk", flat=True)), at=NOW, by="ann")
    configure(settings, bookkeeping=replace(settings.BILLING.bookkeeping, revenue_accounts={}))

    answer = signed_in("clerk").post(EXPORTS, {"export": "bookings", "format": "datev", "month": f"{NOW:%Y-%m}"})

    assert "DATEV_REVENUE_ACCOUNTS names no account for S19" in answer.content.decode()
    assert not answer.has_header("Content-Disposition")


def test_who_takes_too_many_files_waits(settings):
    settings.RATELIMIT_ENABLE = True
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "exports": "1/m"}
    browser, form = signed_in("viewer"), {"export": "invoices", "format": "csv"}

    assert [browser.post(EXPORTS, form).status_code for _ in range(2)] == [200, 429]
    assert browser.post(UNBILLED, {"key": "x", "action": "csv"}).status_code == 429


def test_reports_of_a_house_in_which_nothing_happened_yet_say_what_to_do():
    browser = signed_in("viewer")
    said = {
        ACTIVITY: "Billing has not done anything yet.", FAILED: "Nothing has failed.",
        QUEUES: "No worker is billing anything right now.", UNBILLED: "No report yet. Make one above; it stays here.",
        TRAIL: "Nothing was recorded yet.", EXPORTS: "Download",
    }  # fmt: skip

    for url, sentence in said.items():
        assert sentence in browser.get(url).content.decode(), url
    links = [item["link"] for group in browser.get(ACTIVITY).context["sidebar_navigation"] for item in group["items"]]
    assert set(said) <= set(map(str, links))


def test_every_kind_of_job_that_reports_start_is_known_to_workers():
    from office.reports.unbilled_job import KIND as UNBILLED_WORK
    from office.reports.verify_job import KIND as VERIFIED

    for kind in (UNBILLED_WORK, VERIFIED):
        register(kind)  # raises where another is known by the name
        assert kind.template.startswith("office/reports/")
