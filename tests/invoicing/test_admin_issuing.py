"""Drafts are issued and documents sent from their pages: previewed, confirmed, done once, watched where many."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing.jobs import run_waiting
from invoicing.models import Invoice, Job, Mail
from tests.desk import choose, said
from tests.factories import ClientFactory
from tests.invoicing.documents import draft, issue
from tests.invoicing.pages import LIST, answered, hidden, page_of, shown, verb
from tests.signing_in import signed_in

pytestmark = pytest.mark.django_db


def nowhere():
    return draft(1000, client=ClientFactory.create(city=""))


def watched(job, browser):
    return shown(browser.get(reverse("admin:invoicing_job_change", args=[job.pk])))


def test_many_drafts_are_issued_once_by_a_job_that_tells_what_was_left():
    good, bad, browser = draft(8000), nowhere(), signed_in("clerk", username="carl")

    asked = choose(browser, LIST, "issue", [good, bad])
    preview = shown(asked)
    assert "Issue 1 document?" in preview
    assert "95.20 EUR" in preview
    assert "no city" in preview
    assert set(Invoice.objects.values_list("status", flat=True)) == {"draft"}

    for _ in range(2):
        started = choose(browser, LIST, "issue", [good, bad], confirmed="yes", **hidden(asked))
    job = Job.objects.get()
    assert started.url == reverse("admin:invoicing_job_change", args=[job.pk])
    assert run_waiting() == 1
    good.refresh_from_db()
    assert (good.status, good.issued_by, good.total_cents) == ("open", "carl", 9520)
    told = watched(job, browser)
    assert "1 document was issued: 95.20 EUR." in told
    assert good.number in told
    assert "1 was not." in told
    assert "no city" in told

    Job.objects.update(status="queued")  # as a worker leaves it that dies before it says so
    assert run_waiting() == 1
    assert good.number in watched(job, browser)


def test_a_draft_is_issued_once_on_its_page_and_not_where_it_changed_meanwhile():
    one, browser = draft(8000), signed_in("clerk")
    address = verb(one, "issue_this")

    stale = browser.post(address, {"confirmed": "yes", "seen": "1:1:1"})
    assert "changed meanwhile" in shown(stale)
    done = answered(browser, address)

    one.refresh_from_db()
    assert said(done) == [f"Issued {one.number}: 95.20 EUR"]
    again = browser.post(address, {"confirmed": "yes"})
    assert (said(again)[-1], again["Location"]) == (f"Nothing was done: {one.number} is open.", page_of(one))


def test_what_cannot_be_issued_has_no_button_and_only_drafts_are_issued(monkeypatch):
    bad, browser = nowhere(), signed_in("clerk")
    page = shown(browser.get(verb(bad, "issue_this")))
    assert "This draft cannot be issued yet" in page
    assert "Issue now" not in page

    done = draft(1000)
    issue(done)
    assert said(choose(browser, LIST, "issue", [done], confirmed="yes"))[-1] == "None of these is a draft."
    assert said(choose(browser, LIST, "send", [bad], confirmed="yes"))[-1] == "None of these is issued."
    monkeypatch.setattr("invoicing.admin.batches.MOST_AT_ONCE", 0)
    assert said(choose(browser, LIST, "issue", [bad], confirmed="yes"))[-1] == "Choose at most 0."
    assert not Job.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "technician"])
def test_who_may_not_issue_pay_correct_or_draft_does_not(role):
    waiting, open_one, browser = draft(1000), draft(1000, collects="2026-02"), signed_in(role)
    issue(open_one)

    choose(browser, LIST, "issue", [waiting], confirmed="yes", key="k")
    verbs = {waiting: ("issue_this", "add_line", "adjust_line", "change_line", "take_off", "discount_this",
                       "discard_this"),
             open_one: ("send_this", "pay_this", "credit_this", "void_this", "give_up_this")}  # fmt: skip
    assert {
        browser.post(verb(one, name), {"confirmed": "yes"}).status_code for one in verbs for name in verbs[one]
    } == {403}
    assert not Job.objects.exists()


def test_documents_are_sent_and_once_more_only_where_asked_for():
    one, other, browser = draft(1000), draft(2000), signed_in("clerk")
    issue(one, other)

    assert "is on its way: office@" in said(answered(browser, verb(one, "send_this")))[0]
    assert "it is on its way already" in shown(browser.get(verb(one, "send_this")))
    Mail.objects.update(status="sent", sent_at=one.issued_at)
    assert "Send it once more?" in shown(browser.get(verb(one, "send_this")))
    answered(browser, verb(one, "send_this"))
    assert Mail.objects.filter(invoice=one).count() == 2

    asked = choose(browser, LIST, "send", [one, other])
    assert "Send 1 document?" in shown(asked)
    choose(browser, LIST, "send", [one, other], confirmed="yes", **hidden(asked))
    run_waiting()
    assert "2 documents are sent." in watched(Job.objects.get(), browser)
    assert (Mail.objects.filter(invoice=one).count(), Mail.objects.filter(invoice=other).count()) == (2, 1)


def test_the_list_is_filtered_by_month_client_and_what_is_overdue_and_says_its_sums():
    one, other = draft(1000), draft(2000)
    issue(one, other)
    draft(400)
    browser = signed_in("viewer")

    for query, numbers in (
        ({}, 3), ({"month": "2026-01"}, 2), ({"month": "2025-01"}, 0), ({"overdue": "yes"}, 2),
        ({"client__id__exact": one.client_id}, 1), ({"status__exact": "draft"}, 1), ({"client__id__exact": "x"}, 3),
    ):  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            listed = browser.get(reverse(LIST), query)
        assert len(listed.context["cl"].result_list) == numbers, query
        assert len(queries) <= 20
    sums = browser.get(reverse(LIST)).context["cl"].sums
    assert sums == {"of_page": False, "net": "34.00 EUR", "total": "35.70 EUR", "left": "35.70 EUR"}
    assert "overdue" in shown(browser.get(page_of(one))).lower()
