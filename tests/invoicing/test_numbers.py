"""Numbers are gapless per series and follow the order of issue; dates never go back (P7, G-14, D-02)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from config import NumberPattern
from invoicing.lifecycle.credit import credit_invoice
from invoicing.lifecycle.void import void_invoice
from invoicing.models import AuditEntry, Invoice, NumberSeries
from invoicing.numbering import next_numbers, open_series_at
from invoicing.transitions import InvalidTransition
from tests.factories import NOW, ClientFactory
from tests.invoicing.documents import draft, issue

pytestmark = pytest.mark.django_db


def test_numbers_follow_the_keys_of_the_drafts_and_a_second_issue_changes_nothing():
    first, second = draft(1000), draft(2000)

    issue(second, first)
    again = issue(first, second, at=NOW + timedelta(days=1))

    assert (first.number, second.number) == ("INV-2026-00001", "INV-2026-00002")
    assert again == []
    assert first.issue_on == NOW.date()


def test_each_kind_of_document_counts_for_itself():
    client = ClientFactory.create()
    month = Invoice.objects.create(client=client, currency="EUR", created_at=NOW, kind="aggregate", collects="month")
    first, second = draft(1000, client=client), draft(1000, client=client, collects="other")
    draft(1000, client=client, collects="month")
    issue(first, second, month)
    how: dict[str, Any] = {"reason": "wrong", "by": "petra", "at": NOW}

    note, back = credit_invoice(first.pk, **how), void_invoice(second.pk, **how)

    assert [first.number, second.number, month.number, note.number, back.number] == [
        "INV-2026-00001", "INV-2026-00002", "AGG-2026-01-001", "CN-2026-00001", "CA-2026-00001",
    ]  # fmt: skip


def test_in_production_no_document_is_dated_ahead_or_before_the_newest_of_its_kind(settings):
    settings.APP_ENV = "production"
    today = datetime.now(UTC)
    ahead, newest, before = draft(1000), draft(1000), draft(1000)

    (in_future,) = issue(ahead, at=today + timedelta(days=2))
    (fine,) = issue(newest, at=today)
    (too_old,) = issue(before, at=today - timedelta(days=2))

    assert "is in the future" in in_future.problems[0]
    assert fine.outcome == "issued"
    assert f"is before {newest.issue_on}, the date of a document already issued" in too_old.problems[0]


def test_in_production_the_dates_of_another_kind_do_not_matter(settings):
    settings.APP_ENV = "production"
    today = datetime.now(UTC)
    newest = draft(1000)
    month = Invoice.objects.create(
        client=newest.client, currency="EUR", created_at=NOW, kind="aggregate", collects="month"
    )
    draft(1000, client=newest.client, collects="month")
    issue(newest, at=today)

    (plan,) = issue(month, at=today - timedelta(days=2))

    assert (plan.outcome, month.number) == ("issued", f"AGG-{month.issue_on:%Y-%m}-001")


def test_in_production_a_correction_is_not_dated_before_the_newest_of_its_kind(settings):
    settings.APP_ENV = "production"
    today = datetime.now(UTC)
    one, other = draft(1000), draft(1000)
    issue(one, other, at=today)
    credit_invoice(one.pk, reason="wrong", by="petra", at=today)

    with pytest.raises(InvalidTransition, match="the date of a document already issued"):
        credit_invoice(other.pk, reason="wrong", by="petra", at=today - timedelta(days=2))


AGGREGATE = NumberPattern("AGG-{year}-{month:02}-{number:03}")
OPENED: dict[str, Any] = {"reason": "moved from another system", "by": "petra", "at": NOW}


def test_G_14_numbers_restart_each_month_and_grow_beyond_their_zeros():
    january, february = date(2026, 1, 31), date(2026, 2, 1)
    open_series_at(AGGREGATE, january, 999, **OPENED)

    numbers = next_numbers(AGGREGATE, january, 2) + next_numbers(AGGREGATE, february, 1)

    assert numbers == ["AGG-2026-01-999", "AGG-2026-01-1000", "AGG-2026-02-001"]


def test_no_numbers_open_no_series():
    assert next_numbers(AGGREGATE, date(2026, 1, 31), 0) == []
    assert not NumberSeries.objects.exists()


@pytest.mark.parametrize("number", [1, 3])
def test_a_series_is_never_opened_at_a_number_that_was_given(number):
    next_numbers(AGGREGATE, date(2026, 1, 31), 3)

    with pytest.raises(ValueError, match="has already given number"):
        open_series_at(AGGREGATE, date(2026, 1, 31), number, **OPENED)

    assert NumberSeries.objects.get().last == 3
    assert not AuditEntry.objects.exists()


def test_who_opened_a_series_stays_known():
    open_series_at(AGGREGATE, date(2026, 1, 31), 999, **OPENED)

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.by, entry.reason) == ("series.opened", "petra", "moved from another system")
    assert entry.data == {"series": "AGG-2026-01-{number}", "number": 999}


def test_a_rollback_gives_the_numbers_back():
    invoice, other = draft(1000), draft(1000)
    with transaction.atomic():
        issue(invoice)
        transaction.set_rollback(True)

    issue(other)

    assert other.number == "INV-2026-00001"
