"""Asking the EU's register about VAT ids, over a real socket, and what its answers mean for a document (M-06)."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse
from django.utils.html import escape

from contracts.models import Client
from invoicing import tasks, vies
from invoicing.documents.content import content_of
from invoicing.lifecycle.issue import plan_issues
from invoicing.models import VatCheck
from invoicing.vat_checks import ask_about, rests_on_vat_id, to_ask
from tests.factories import NOW, ClientFactory, configure, later
from tests.invoicing.documents import Item, draft, issue
from tests.signing_in import signed_in
from tests.vies_simulator import running

AUSTRIAN = "ATU12345675"
NOTHING_ASKED = "is not verified: the EU's register (VIES) has not answered yet"


@pytest.fixture
def register(settings):
    with running() as found:
        configure(settings, vies_url=found.url)
        found.valid = {AUSTRIAN}
        yield found


@pytest.fixture
def patience(monkeypatch):
    monkeypatch.setattr(vies, "ANSWER_SECONDS", 0.2)


def ask(register, vat_id=AUSTRIAN, requester="DE123456788"):
    return vies.ask(vat_id, requester=requester, url=register.url)


def test_the_register_answers_with_a_consultation_number_where_the_seller_names_itself(register):
    assert ask(register) == vies.Answer("valid", "WAPI000001", "Alpenglas GmbH")
    assert ask(register, "EL094259216") == vies.Answer("invalid", "WAPI000002")
    assert ask(register, requester="") == vies.Answer("valid", "", "Alpenglas GmbH")
    assert register.asked[0] == {
        "countryCode": "AT", "vatNumber": "U12345675", "requesterMemberStateCode": "DE", "requesterNumber": "123456788",
    }  # fmt: skip


NO_ANSWER = {
    "down": "it said MS_UNAVAILABLE",
    "slow": "TimeoutError: timed out",
    "garbage": "it answered 200 with what is no JSON",
    "broken": "it answered 503",
    "other": "it answered about another VAT id",
    "endless": "its answer does not end",
}


@pytest.mark.parametrize("mood", NO_ANSWER)
def test_whatever_goes_wrong_is_no_answer_and_says_why(register, patience, mood):
    register.mood = mood

    assert ask(register) == vies.Answer("unavailable", problem=NO_ANSWER[mood])


def test_a_register_that_is_not_there_is_no_answer():
    found = vies.ask(AUSTRIAN, requester="", url="http://127.0.0.1:9/rest")

    assert (found.outcome, found.problem[:22]) == ("unavailable", "ConnectionRefusedError")


@pytest.fixture
def client(db):
    return ClientFactory.create(external_id="alpenglas", country="AT", vat_id=AUSTRIAN)


def checked(outcome="valid", at=NOW, vat_id=AUSTRIAN, number="WAPI1"):
    return VatCheck.objects.create(vat_id=vat_id, asked_at=at, outcome=outcome, consultation_number=number)


def test_M_06_a_valid_answer_is_kept_on_the_document_with_its_consultation_number(client):
    checked("invalid", at=later(days=-9))
    checked(at=later(days=-1))
    checked("unavailable", at=NOW)  # nobody answered: what was answered before still counts
    invoice = draft(1000, Item(500, goods=True), client=client)

    (plan,) = issue(invoice)

    assert (plan.outcome, plan.warnings) == ("issued", ())
    buyer = invoice.buyer or {}
    assert (buyer["vat_id_consultation"], buyer["vat_id_valid_at"]) == ("WAPI1", later(days=-1).isoformat())
    assert [(tax.category, tax.taxable_cents, tax.reason) for tax in content_of(invoice).taxes] == [
        ("AE", 1000, "Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge)"),
        ("K", 500, "Steuerfreie innergemeinschaftliche Lieferung"),
    ]
    assert [(one.tax_category, one.tax_rate) for one in invoice.lines.order_by("position")] == [("AE", 0), ("K", 0)]


def test_M_06_an_id_that_the_register_does_not_know_holds_the_document(client):
    checked(at=later(days=-9))
    checked("invalid", at=later(days=-40))
    invoice = draft(1000, client=client)
    assert issue_problems(invoice) == ()  # the newest answer counts

    checked("invalid", at=later(days=-2))

    (problem,) = issue_problems(invoice)
    assert "ATU12345675 is not valid, as the EU's register (VIES) said on 2026-01-14: correct it" in problem


def issue_problems(invoice):
    (plan,) = plan_issues([invoice.pk], at=NOW)
    return plan.problems


def test_M_06_without_an_answer_the_document_is_issued_and_says_that_nobody_verified_it(client):
    at_home, abroad = draft(1000), draft(1000, client=client)

    (usual, warned) = issue(at_home, abroad)

    assert (usual.warnings, warned.outcome) == ((), "issued")
    assert warned.warnings == (f"client alpenglas: VAT id {AUSTRIAN} {NOTHING_ASKED}",)
    assert "vat_id_consultation" not in (abroad.buyer or {})
    checked(at=later(days=-31))
    (stale,) = issue(draft(1000, client=client))
    assert "the last answer of the EU's register is of 2025-12-16" in stale.warnings[0]


def test_the_command_that_issues_shows_what_is_not_verified(client):
    draft(1000, client=client)
    text, found = io.StringIO(), io.StringIO()

    call_command("issue_invoices", "--dry-run", at=NOW.isoformat(), stdout=text, stderr=io.StringIO())
    call_command("issue_invoices", "--format", "json", at=NOW.isoformat(), stdout=found, stderr=io.StringIO())

    assert NOTHING_ASKED in text.getvalue()
    assert NOTHING_ASKED in json.loads(found.getvalue())["invoices"][0]["warnings"][0]


def test_the_page_that_asks_before_issuing_shows_what_is_not_verified(client):
    invoice = draft(1000, client=client)

    page = signed_in("clerk").get(reverse("admin:invoicing_invoice_issue_this", args=[invoice.pk])).content.decode()

    assert escape(NOTHING_ASKED) in page
    assert "can be issued" in page


def test_only_ids_on_which_something_rests_and_without_a_fresh_answer_are_asked_about(client, settings):
    ClientFactory.create(vat_id="DE136695976")
    ClientFactory.create(country="AT", vat_id="ATU33864707", tax_category="E", tax_reason="told")
    ClientFactory.create(country="CH", vat_id="CHE-123.456.788 MWST")
    ClientFactory.create(country="FR", vat_id="FR40303265045", active=False)
    northern = ClientFactory.create(country="GB", vat_id="XI432525179")
    ClientFactory.create(country="AT", vat_id=AUSTRIAN)  # the same id again is one question

    assert to_ask(at=NOW) == [AUSTRIAN, "XI432525179"]
    by_rule = {one.vat_id for one in Client.objects.filter(active=True) if rests_on_vat_id(one)}
    assert by_rule == {AUSTRIAN, northern.vat_id}
    checked(at=later(days=-29))
    checked("unavailable", vat_id="XI432525179", at=later(days=-1))
    assert to_ask(at=NOW) == ["XI432525179"]
    configure(settings, vies_days=7)
    assert to_ask(at=NOW) == [AUSTRIAN, "XI432525179"]  # the least recently asked about comes first


def run(*arguments):
    out = io.StringIO()
    try:
        call_command("check_vat_ids", *arguments, at=NOW.isoformat(), stdout=out, stderr=io.StringIO())
    except CommandError as refusal:
        return 1, out.getvalue(), str(refusal)
    return 0, out.getvalue(), ""


def test_the_command_asks_keeps_the_answers_and_says_what_it_would_ask(client, register):
    ClientFactory.create(external_id="home")

    assert run("--dry-run")[1].split() == [AUSTRIAN]
    assert (register.asked, VatCheck.objects.count()) == ([], 0)
    code, out, _ = run("--format", "json")
    found = json.loads(out)
    assert (code, found["checks"][0]["consultation_number"], found["summary"]["valid"]) == (0, "WAPI000001", 1)
    assert run() == (0, "", "")  # a fresh answer is not asked for again
    register.mood = "down"
    assert run("--client", "alpenglas")[::2] == (1, "1 of 1 VAT ids are not verified: the register did not answer")
    assert list(VatCheck.objects.order_by("pk").values_list("outcome", flat=True)) == ["valid", "unavailable"]
    assert "no document to client 'home'" in run("--client", "home")[2]


def test_where_nobody_is_asked_the_command_says_so(client):
    assert run() == (1, "", "VIES_URL is none: nobody is asked")


def test_a_saved_client_is_asked_about_after_the_commit_and_every_day_those_that_are_stale(
    client, register, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(
        "invoicing.signals.send_on_commit", lambda task, **arguments: sent.append((task.name, arguments))
    )
    client.save()
    ClientFactory.create()
    assert sent == [("invoicing.tasks.check_vat_ids", {"vat_id": AUSTRIAN})]

    tasks.check_vat_ids(vat_id=AUSTRIAN)
    tasks.check_vat_ids(vat_id=AUSTRIAN)
    tasks.check_vat_ids()

    assert len(register.asked) == VatCheck.objects.count() == 1


def test_one_run_ends_in_time_and_asks_for_the_next_while_the_register_answers(client, register, monkeypatch):
    ClientFactory.create(country="FR", vat_id="FR40303265045")
    sent = []
    monkeypatch.setattr(tasks, "RUN_SECONDS", -1.0)
    monkeypatch.setattr(tasks, "send_on_commit", lambda task, **_: sent.append(task.name))

    tasks.check_vat_ids()
    assert (len(register.asked), sent) == (1, ["invoicing.tasks.check_vat_ids"])
    register.mood = "down"
    tasks.check_vat_ids()
    assert (len(register.asked), len(sent)) == (2, 1)


def test_nobody_is_asked_inside_a_transaction_or_where_it_is_switched_off(client, register, settings):
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        list(ask_about([AUSTRIAN], at=NOW))
    configure(settings, vies_url="")
    tasks.check_vat_ids()

    assert register.asked == []
    assert not VatCheck.objects.filter(asked_at__gt=NOW - timedelta(days=1)).exists()
