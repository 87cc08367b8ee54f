"""People put drafts right before they are issued: lines by hand, discounts, and what they should look at first."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from invoicing.lifecycle.hand_lines import plan_line
from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import AuditEntry, Claim, Discount, Invoice
from rating.by_hand import HandLine
from tests.desk import said
from tests.factories import NOW, ClientFactory
from tests.invoicing.documents import draft, issue
from tests.invoicing.pages import WHY, answered, hidden, page_of, shown, verb
from tests.signing_in import signed_in

pytestmark = pytest.mark.django_db

LINE = {"description": "Site visit", "quantity": "2", "unit_price": "50.00", "tax_rate": "", "reason": "forgotten"}


def sums(document):
    document.refresh_from_db()
    return [line.amount_cents for line in document.lines.order_by("position")], document.subtotal_cents


def test_a_line_by_hand_is_written_once_changed_and_explained():
    one, browser = draft(1000), signed_in("clerk", username="carl")
    address = verb(one, "add_line")
    asked = hidden(browser.get(address))

    for _ in range(2):  # a double click
        done = browser.post(address, {**WHY, **asked, **LINE})
    assert said(done)[0] == "A line over 100.00 EUR was added."
    assert sums(one) == ([1000, 10000], 11000)
    line = one.lines.get(position=2)
    page = shown(browser.get(page_of(one)))
    assert "Written by hand on" in page
    assert "2 × 50.00 EUR = 100.00 EUR." in page
    assert "added a line: Site visit, 100.00 EUR" in page
    assert "forgotten" in page

    stale = {**WHY, **hidden(browser.get(verb(one, "change_line", line.pk)))}
    answered(browser, verb(one, "change_line", line.pk), **{**LINE, "quantity": "-1"})
    refused = browser.post(verb(one, "change_line", line.pk), {**stale, **LINE, "quantity": "9"})
    assert "changed meanwhile" in shown(refused)
    assert sums(one) == ([1000, -5000], -4000)
    assert "the lines come to -40.00 EUR: take some off" in shown(browser.get(verb(one, "issue_this")))

    machine = one.lines.get(position=1)
    assert "Which line written by hand?" in shown(browser.get(verb(one, "change_line", machine.pk)))
    assert "This field is required." in shown(answered(browser, address, **{**LINE, "reason": " "}))
    assert {entry.reason for entry in AuditEntry.objects.filter(subject_kind="invoice", by="carl")} == {"forgotten"}


def test_a_line_of_billing_is_adjusted_by_a_second_one_and_issued_with_it():
    one, browser = draft(1000), signed_in("clerk")
    line = one.lines.get()
    assert f"?line={line.pk}" in shown(browser.get(verb(one, "adjust_line")))

    same = answered(browser, verb(one, "adjust_line", line.pk), amount="10.00")
    assert "comes to that amount already" in shown(same)
    slip = answered(browser, verb(one, "adjust_line", line.pk), amount="-2.50")
    assert "Say what the whole line shall come to" in shown(slip)
    answered(browser, verb(one, "adjust_line", line.pk), amount="7.50")

    assert sums(one) == ([1000, -250], 750)
    second = one.lines.get(position=2)
    assert (second.quantity, second.unit_price, second.kind) == (Decimal(-1), Decimal("2.5"), "adjustment")
    assert "It adjusts the line “Rack at 1000”." in shown(browser.get(page_of(one)))
    issue(one)
    assert (one.status, one.total_cents) == ("open", 893)


def test_lines_are_taken_off_and_drafts_discarded_with_a_word_for_the_work():
    one, browser = draft(1000, 2000), signed_in("clerk")
    first = one.lines.get(position=1)
    address = verb(one, "take_off", first.pk)

    page = shown(browser.get(address))
    assert "Rack at 2000" in page
    assert "waive it" not in page
    assert "say which lines" in shown(answered(browser, address, then="bill"))
    assert said(answered(browser, address, then="bill", line=[first.pk]))[-1] == "1 line was taken off."
    assert sums(one) == ([2000], 2000)

    stale = browser.post(verb(one, "discard_this"), {**WHY, "then": "bill", "seen": "2:3000"})
    assert "changed meanwhile" in shown(stale)
    answered(browser, verb(one, "discard_this"), then="hold")
    one.refresh_from_db()
    assert one.status == "discarded"
    assert not Claim.objects.filter(released_at=None).exists()


def test_a_discount_of_one_draft_is_given_once_taken_back_and_used():
    one, browser = draft(10000), signed_in("clerk")
    address = verb(one, "discount_this")
    asked = hidden(browser.get(address))
    both = browser.post(address, {**WHY, **asked, "percent": "10", "amount": "5.00"})
    assert "either a percentage or an amount" in shown(both)

    for _ in range(2):
        browser.post(address, {**WHY, **asked, "percent": "10", "amount": ""})
    discount = Discount.objects.get()
    assert (discount.percent, discount.reason, discount.invoice_id) == (Decimal(10), "as agreed", one.pk)
    assert "Discount of 10 %: as agreed" in shown(browser.get(page_of(one)))
    back = reverse("admin:invoicing_discount_take_back", args=[discount.pk])
    assert said(answered(browser, back))[-1] == "The discount was taken back."
    assert not Discount.objects.exists()

    answered(browser, address, amount="20.00")
    issue(one)
    assert (one.discount_cents, one.total_cents) == (2000, 9520)
    used = Discount.objects.get()
    assert browser.get(reverse("admin:invoicing_discount_take_back", args=[used.pk])).status_code == 403
    assert str(one) in shown(browser.get(reverse("admin:invoicing_discount_changelist")))


def test_the_discount_of_a_month_is_kept_in_its_page_and_audited():
    client, browser = ClientFactory.create(), signed_in("clerk", username="carl")
    form = {"client": client.pk, "month": "2026-01-15", "percent": "", "amount": "12.50", "reason": "loyal",
            "external_id": "d1"}  # fmt: skip

    wrong = browser.post(reverse("admin:invoicing_discount_add"), {**form, "percent": "5"})
    assert "either a percentage or an amount" in shown(wrong)
    browser.post(reverse("admin:invoicing_discount_add"), form)
    given = Discount.objects.get()
    assert (str(given.month), given.amount_cents) == ("2026-01-01", 1250)
    page = reverse("admin:invoicing_discount_change", args=[given.pk])
    browser.post(page, {**form, "percent": "5", "amount": ""})

    given.refresh_from_db()
    assert (given.percent, given.amount_cents) == (Decimal(5), None)
    actions = AuditEntry.objects.filter(by="carl", subject_kind="discount").order_by("pk")
    assert [entry.action for entry in actions] == ["discount.given", "discount.changed"]


def test_a_draft_says_what_is_new_gone_and_out_of_the_ordinary():
    client = ClientFactory.create()
    for days in (-95, -65, -35):
        past = draft(1000, client=client, collects=f"day {days}")
        issue(past, at=NOW + timedelta(days=days))
    one = draft(9000, client=client, collects="now")
    Invoice.objects.filter(pk=one.pk).update(period_start=None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: NOW)
        page = signed_in("viewer").get(page_of(one))
        (held,) = issue_invoices([one.pk], at=NOW, by="system", within_bounds=True)
    text = shown(page)

    assert "net 10.00 EUR then, 90.00 EUR now, +80.00 EUR." in text
    assert "The subtotal is above 5 times the usual 10.00 EUR." in text
    assert "Line 1: 90.00 EUR is above 5 times the usual 10.00 EUR." in text
    assert page.context["review"]["marked"] == {one.lines.get().pk}
    assert "Add a line" not in text  # a viewer looks
    assert "Discard…" not in text
    assert held.problems == ("amounts are out of the ordinary: a person looks at them, and issues the draft",)
    assert issue(one)[0].outcome == "issued"


def test_a_line_by_hand_that_bills_nothing_or_the_wrong_company_is_refused():
    one, other = draft(1000), ClientFactory.create()
    for wanted, problem in (
        (HandLine(" ", Decimal(1), Decimal(1)), "say what the line bills"),
        (HandLine("Nothing", Decimal(0), Decimal(1)), "comes to nothing"),
        (HandLine("Visit", Decimal(1), Decimal(1), company=other.pk), "only the lines of an aggregate"),
        (HandLine("Gold", Decimal(10) ** 9, Decimal(10) ** 9), "too large"),
    ):
        with pytest.raises(ValueError, match=problem):
            plan_line(one, wanted, key="k", at=NOW)
    partner = Invoice(kind="aggregate", client=other, status="draft", currency="EUR")
    for company, problem in ((None, "choose the company"), (one.client_id, "never managed")):
        with pytest.raises(ValueError, match=problem):
            plan_line(partner, HandLine("Visit", Decimal(1), Decimal(1), company=company), key="k", at=NOW)
