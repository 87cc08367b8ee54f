"""Forms that lay open, were sent twice or hold nonsense: they undo nothing, do nothing twice and break nothing."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from contracts.models import Client, Contact
from gateway_billing.models import ServiceChange
from invoicing.jobs import run_waiting
from invoicing.models import AuditEntry, Job, Mail, Payment
from tests.desk import choose, said
from tests.factories import CREATED, ClientFactory, ContactFactory, TicketFactory, TimeEntryFactory
from tests.gateway_factories import ServiceChangeFactory
from tests.invoicing.documents import draft, issue
from tests.invoicing.pages import LIST, answered, hidden, shown, verb
from tests.signing_in import signed_in
from tickets.models import TimeEntry

pytestmark = pytest.mark.django_db
TOO_LONG = "9" * 5000


class Fields(HTMLParser):
    """What a browser would send of a page's form."""

    def __init__(self, page):
        super().__init__()
        self.found, self._select, self._area = {}, "", ""
        self.feed(page.content.decode())

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name, kind = given.get("name", ""), given.get("type", "")
        if tag == "input" and kind not in ("submit", "button") and (kind != "checkbox" or "checked" in given):
            self.found[name] = given.get("value", "on" if kind == "checkbox" else "")
        elif tag == "option" and "selected" in given:
            self.found[self._select] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area, self.found[name] = name, ""

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data):
        if self._area:
            self.found[self._area] += data.removeprefix("\n")


def test_a_form_that_lay_open_undoes_nothing_and_enrols_nobody():
    client, browser = ClientFactory.create(automation="off", payment_terms_days=None), signed_in()
    entry = TimeEntryFactory.create(started_at=CREATED, hourly_rate="80.50")
    address = reverse("admin:contracts_client_change", args=[client.pk])
    of_entry = reverse("admin:tickets_timeentry_change", args=[entry.pk])
    page = browser.get(address)
    sent, of_time = Fields(page).found, Fields(browser.get(of_entry)).found
    assert reverse("enrolment-client", args=[client.pk]) in shown(page)

    Client.objects.filter(pk=client.pk).update(automation="draft", payment_terms_days=7, city="Bonn")
    TimeEntry.objects.filter(pk=entry.pk).update(seconds_worked=7200, hourly_rate=None)
    assert browser.post(address, {**sent, "name": "Renamed", "automation": "auto"}).status_code == 302
    assert browser.post(of_entry, {**of_time, "description": "disk"}).status_code == 302

    client.refresh_from_db()
    entry.refresh_from_db()
    assert (client.name, client.payment_terms_days, client.city, client.automation) == ("Renamed", 7, "Bonn", "draft")
    assert (entry.description, entry.seconds_worked, entry.hourly_rate) == ("disk", 7200, None)


def test_rows_of_a_page_that_lay_open_undo_nothing_either():
    client, browser = ClientFactory.create(), signed_in()
    ann, bob = (ContactFactory.create(client=client, name=name, email=f"{name}@old.de") for name in ("ann", "bob"))
    address = reverse("admin:contracts_client_change", args=[client.pk])
    sent = Fields(browser.get(address)).found
    rows = {sent[f"contacts-{row}-id"]: f"contacts-{row}-" for row in (0, 1)}
    Contact.objects.filter(pk=ann.pk).update(email="ann@new.de")
    Contact.objects.filter(pk=bob.pk).update(name="robert")

    assert browser.post(address, {**sent, rows[str(ann.pk)] + "name": "anna"}).status_code == 302
    refused = browser.post(address, {**sent, rows[str(bob.pk)] + "name": "bobby"})
    assert "Somebody else changed this meanwhile, to “robert”" in shown(refused)
    assert set(Contact.objects.values_list("name", "email")) == {("anna", "ann@new.de"), ("robert", "bob@old.de")}

    assert browser.post(address, Fields(refused).found).status_code == 302
    bob.refresh_from_db()
    assert bob.name == "bobby"


def test_two_people_who_change_the_same_value_are_told_of_each_other():
    entry = TimeEntryFactory.create(started_at=CREATED, hourly_rate="80.50", description="one\ntwo", hours="1.00")
    browser = signed_in()
    address = reverse("admin:tickets_timeentry_change", args=[entry.pk])
    sent = Fields(browser.get(address)).found
    same = {**sent, "description": "one\r\ntwo\r\nthree", "started_at_1": "08:00:00"}
    assert browser.post(address, same | {"seconds_worked": "x"}).status_code == 200
    TimeEntry.objects.filter(pk=entry.pk).update(started_at=CREATED.replace(hour=5), hourly_rate=None, billable=False)

    mine = {**same, "hourly_rate": "90", "initial-description": "one\r\ntwo"}
    first = browser.post(address, mine)
    assert "Somebody else emptied this meanwhile" in shown(first)
    assert "Somebody else changed this meanwhile, to “2026-01-15 06:00”" in shown(first)
    entry.refresh_from_db()
    assert (entry.description, entry.hourly_rate, entry.started_at) == ("one\ntwo", None, CREATED.replace(hour=5))

    assert browser.post(address, Fields(first).found).status_code == 302
    entry.refresh_from_db()
    assert (entry.description.count("\n"), entry.hourly_rate, entry.billable) == (2, 90, False)
    assert entry.started_at == CREATED.replace(hour=7, minute=0)


def test_nobody_approves_their_own_time_under_another_name():
    browser = signed_in(username="boss", technician_id="kim")
    boss, entry = User.objects.get(username="boss"), TimeEntryFactory.create(technician="kim")
    address = reverse("admin:tickets_timeentry_change", args=[entry.pk])
    browser.post(address, {**Fields(browser.get(address)).found, "technician": "tom"})
    me = reverse("admin:accounts_user_change", args=[boss.pk])
    page = browser.get(me)
    assert boss.password not in shown(page)
    browser.post(me, {**Fields(page).found, "username": "chief", "technician_id": "tom"})

    choose_entry = {"action": "approve", "_selected_action": [entry.pk]}
    browser.post(reverse("admin:tickets_timeentry_changelist"), choose_entry)

    entry.refresh_from_db()
    boss.refresh_from_db()
    assert (entry.technician, entry.status, boss.username, boss.technician_id) == ("kim", "submitted", "boss", "kim")


def test_a_document_is_not_sent_again_by_the_second_click_and_a_changed_draft_is_issued_once_it_was_seen():
    one, browser = draft(8000), signed_in("clerk")
    stale = browser.post(verb(one, "issue_this"), {"confirmed": "yes", "seen": "1:1:1"})
    assert browser.post(verb(one, "issue_this"), {"confirmed": "yes", **hidden(stale)}).status_code == 302
    one.refresh_from_db()
    assert one.status == "open"

    first = {"confirmed": "yes", **hidden(browser.get(verb(one, "send_this")))}
    browser.post(verb(one, "send_this"), first)
    Mail.objects.update(status="sent", sent_at=timezone.now())
    second = browser.post(verb(one, "send_this"), first)
    assert "It was sent meanwhile" in shown(second)
    assert Mail.objects.count() == 1


def test_a_service_change_is_approved_as_it_was_seen():
    change, browser = ServiceChangeFactory.create(status="pending"), signed_in("approver")
    address = reverse("admin:gateway_billing_servicechange_approve_this", args=[change.pk])
    asked = Fields(browser.get(address)).found
    ServiceChange.objects.filter(pk=change.pk).update(description="ten times as much")

    refused = browser.post(address, asked)
    assert "changed these service changes meanwhile" in said(refused)[-1]
    page = reverse("admin:gateway_billing_servicechange_change", args=[change.pk])
    boss = signed_in(username="boss")
    lay_open = Fields(boss.get(page)).found
    browser.post(address, Fields(browser.get(address)).found)
    change.refresh_from_db()
    assert (change.status, AuditEntry.objects.filter(action="service_change.approved").count()) == ("approved", 1)

    too_late = boss.post(page, {**lay_open, "description": "a hundred times as much"})
    assert "Somebody else decided about this meanwhile" in shown(too_late)
    change.refresh_from_db()
    assert change.description == "ten times as much"
    assert not AuditEntry.objects.filter(action="service_change.changed").exists()


def test_a_job_is_not_done_for_who_may_not_do_it_any_more():
    one, browser = draft(8000), signed_in("clerk", username="carl")
    choose(browser, LIST, "issue", [one], confirmed="yes", **hidden(choose(browser, LIST, "issue", [one])))
    User.objects.filter(username="carl").update(role="viewer")

    run_waiting()

    one.refresh_from_db()
    assert (one.status, Job.objects.get().last_error) == ("draft", "carl may not do this any more")


def test_keys_and_days_that_cannot_be_are_refused_in_words():
    one, done, browser = draft(8000), draft(1000), signed_in()
    issue(done)
    for line in ("²", TOO_LONG):
        for name in ("take_off", "adjust_line"):
            assert browser.get(verb(one, name), {"line": line}).status_code == 200
        assert browser.post(verb(done, "credit_this"), {"confirmed": "yes", "line": line}).status_code == 200
        assert browser.post(reverse("enrolment"), {"action": "auto", "_selected_action": line}).status_code == 302
    money = {"way": "payment", "method": "transfer", "reference": "R", "amount": "10"}
    for day in ("2999-01-01", "0001-01-01"):
        assert "is not in the future" in shown(answered(browser, verb(done, "pay_this"), received_on=day, **money))
    assert not Payment.objects.exists()

    client, ticket = ClientFactory.create(automation="off"), TicketFactory.create(status="open")
    chosen = {"action": "auto", "_selected_action": client.pk}
    early = {**Fields(browser.post(reverse("enrolment"), chosen)).found, "reason": "x", "starts": "0001-01-01T00:00"}
    assert "between the years 1900 and 9000" in shown(browser.post(reverse("enrolment"), early))
    time = {"ticket": ticket.pk, "technician": "kim", "worked_on": "2026-01-15", "seconds_worked": "1.00",
            "started_at_0": "0001-01-01", "started_at_1": "00:00", "status": "submitted"}  # fmt: skip
    assert "1900-01-01" in shown(browser.post(reverse("admin:tickets_timeentry_add"), time))
    assert not TimeEntry.objects.exists()
