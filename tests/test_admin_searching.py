"""Searching in lists: what is found by what was typed, and that no search or filter reads a table."""

from __future__ import annotations

import json

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import connection
from django.urls import reverse

from accounts.desk import searching
from accounts.desk.choices import values_of
from accounts.desk.searching import Found, Of
from accounts.words import words_in
from invoicing import audit
from invoicing.models import AuditEntry, Invoice
from tests.factories import NOW, ClientFactory, TicketFactory, TimeEntryFactory
from tests.signing_in import signed_in
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

TICKETS, ENTRIES = "admin:tickets_ticket_changelist", "admin:tickets_timeentry_changelist"
TRAIL = "admin:invoicing_auditentry_changelist"


def scans(query, arguments=()):
    """Each scan of the plan, the indexes given, with the condition that the index answers."""
    with connection.cursor() as cursor:
        for unwanted in ("seqscan", "hashjoin", "mergejoin"):  # cheap only while tables are empty
            cursor.execute(f"SET LOCAL enable_{unwanted} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query}", arguments)
        (plan,) = cursor.fetchone()
    nodes = [(plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]]
    found = {}
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", ())
        if node["Node Type"].endswith("Scan") and "Plans" not in node:
            found[node.get("Index Name") or node["Node Type"]] = node.get("Index Cond", "")
    return found


def listed(browser, where, **asked):
    return [str(row) for row in browser.get(reverse(where), asked).context["cl"].result_list]


def test_every_way_of_searching_has_an_index_that_answers_it(monkeypatch):
    monkeypatch.setattr(searching, "found_keys", lambda *_: Found([1, 2], left_off=False))
    ways = [(model, way) for model, page in admin.site._registry.items() for way in getattr(page, "ways", ())]

    assert len(ways) > 40
    for model, way in ways:
        rows = model._default_manager.order_by().filter(way.condition(model, "77")).values("pk")
        found = scans(*rows.query.sql_with_params())
        assert found, (model, way)
        assert all(found.values()), (model, way, found)


def test_every_list_says_what_it_is_searched_by():
    silent = [model for model, page in admin.site._registry.items() if page.search_fields and not page.search_help_text]

    assert silent == []


def test_a_ticket_is_found_by_its_number_its_words_its_id_and_its_client():
    north = ClientFactory.create(name="Müller & Söhne", external_id="north", city="Kiel")
    TicketFactory.create(
        number="INC-2077", subject="Mail server mail.example.com is down", external_id="t-A1", client=north
    )
    TicketFactory.create(number="INC-2078", subject="Printer jams", external_id="t-b2")
    browser = signed_in("viewer")
    found = {
        typed: [name[:8] for name in listed(browser, TICKETS, q=typed)]
        for typed in ("inc-2077", "2077", "serv mail", "mail.EXAMPLE", "müll", "north", "T-B", "print", "erver",
                      "down jams", "-", "' | ! & :*", "x" * 5000)
    }  # fmt: skip

    first, second = ["INC-2077"], ["INC-2078"]
    assert found == {
        "inc-2077": first, "2077": first, "serv mail": first, "mail.EXAMPLE": first, "müll": first, "north": first,
        "T-B": second, "print": second, "erver": [], "down jams": [], "-": [], "' | ! & :*": [],
        "x" * 5000: [],
    }  # fmt: skip
    assert len(listed(browser, TICKETS, q=" ")) == 2
    asked = {"app_label": "tickets", "model_name": "timeentry", "field_name": "ticket", "term": "jam"}
    offered = signed_in().get(reverse("admin:autocomplete"), asked).json()["results"]
    assert [choice["text"][:8] for choice in offered] == second


def test_work_is_found_by_what_belongs_to_its_ticket_and_by_the_client():
    ticket = TicketFactory.create(number="INC-9", client=ClientFactory.create(name="Harbour Ltd"))
    TimeEntryFactory.create(ticket=ticket, technician="kim", description="Looked at the cabling")
    TimeEntryFactory.create(technician="lou", description="Talked")
    browser = signed_in("viewer")

    for asked in (
        {"q": "inc-9"},
        {"q": "harb"},
        {"q": "cabl"},
        {"q": "kim"},
        {"client": "harbour"},
        {"technician": "kim"},
    ):
        page = browser.get(reverse(ENTRIES), asked)
        assert [row.technician for row in page.context["cl"].result_list] == ["kim"], asked


def test_of_very_many_the_newest_are_listed_and_the_person_is_told(monkeypatch):
    for name, number in (("MOST_FOUND", 2), ("MOST_READ", 3), ("NEWEST", 3)):
        monkeypatch.setattr(searching, name, number)
    tickets = TicketFactory.create_batch(5, subject="Mail is slow")
    TicketFactory.create(subject="Printer")
    browser = signed_in("viewer")

    page = browser.get(reverse(TICKETS), {"q": "mail"})
    assert {row.pk for row in page.context["cl"].result_list} == {ticket.pk for ticket in tickets[-2:]}
    assert "newest" in " ".join(str(message) for message in get_messages(page.wsgi_request))
    assert "newest" not in browser.get(reverse(TICKETS), {"q": "printer"}).content.decode()
    assert len(listed(browser, TICKETS, q=str(tickets[0].client))) <= 2
    assert Of("client").condition(Ticket, "nobody at all") is None


def test_the_trail_is_found_by_person_action_reason_and_subject_and_offers_what_was_done():
    ticket = TicketFactory.create()
    audit.record("ticket.held", ticket, by="Ann", at=NOW, reason="The client asked for it")
    audit.record("ticket.billed", ticket, by="system", at=NOW)
    audit.record("job.done", None, by="system", at=NOW)
    browser = signed_in("viewer", username="reader")
    reason = "ticket.held by Ann"

    for typed in ("ann", "ticket.held", "asked client"):
        assert listed(browser, TRAIL, q=typed) == [reason], typed
    assert listed(browser, TRAIL, q=str(ticket.pk))[:2] == ["ticket.billed by system", reason]
    assert listed(browser, TRAIL, action="ticket.held") == [reason]
    assert {"job.done", "ticket.billed", "ticket.held"} <= set(values_of(AuditEntry, "action"))
    assert values_of(AuditEntry, "action") == sorted(set(AuditEntry.objects.values_list("action", flat=True)))
    assert values_of(Invoice, "currency") == []
    report = {asked: browser.get(f"{reverse('report-audit')}?{asked}").context["rows"] for asked in (
        "person=ann", "person=Ann", "action=ticket", "action=ticket.held", "action=tick", "who=people",
    )}  # fmt: skip
    assert [len(rows) for rows in report.values()] == [1, 1, 2, 1, 0, 1]


def test_what_no_text_can_hold_is_looked_for_without_it_where_a_field_completes():
    asked = {"term": "x\0", "app_label": "gateway_billing", "model_name": "serviceprice", "field_name": "template"}

    assert signed_in().get(reverse("admin:autocomplete"), asked).json()["results"] == []


def test_words_are_letters_and_digits_and_not_too_many():
    assert words_in("  Mail-server_2 (down)! ") == ["Mail", "server", "2", "down"]
    assert len(words_in("a " * 100)) == 8
