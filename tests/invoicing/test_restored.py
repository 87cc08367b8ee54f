"""I-22: after an older backup was restored, no number that left the house is given again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from config import NumberPattern
from invoicing import restored
from invoicing.lifecycle.issue import issue_invoices
from invoicing.lifecycle.void import void_invoice
from invoicing.models import AuditEntry, Invoice, NumberSeries
from invoicing.numbering import next_numbers
from invoicing.transitions import InvalidTransition
from tests.factories import NOW
from tests.invoicing.documents import draft

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": "petra", "at": NOW}


def issued(at=NOW):
    document = draft(1000)
    (plan,) = issue_invoices([document.pk], at=at, by="petra")
    return Invoice.objects.get(pk=document.pk), plan


def restored_from_before(series: str, last: int) -> None:
    """An older backup was put back in place: the broker knows that the series had reached `last`."""
    with restored._broker() as broker:
        broker.hset(restored._key(restored.standing().instance), series, last)


def in_another_database(monkeypatch) -> None:
    monkeypatch.setattr(restored, "THIS_DATABASE", restored.THIS_DATABASE.replace("'-'", "'/'"))


def test_a_database_that_has_given_less_than_is_known_gives_no_number_until_a_person_has_said_how_far_it_was(capsys):
    first, _ = issued()
    series = NumberSeries.objects.get().name
    restored.keep_numbers(at=NOW)
    restored_from_before(series, 57)
    restored.keep_numbers(at=NOW)  # what is behind is never noted as the truth

    again, plan = issued()
    with pytest.raises(InvalidTransition, match="after_restore"):
        void_invoice(first.pk, reason="wrong", **BY)
    assert (again.status, again.number, plan.outcome) == ("draft", None, "held")
    assert f"{series} has reached 57" in plan.problems[0]

    with pytest.raises(CommandError, match="say --last-number"):
        call_command("after_restore", "--reason", "restored", "--by", "petra")
    call_command("after_restore", "--last-number", f"{series}=60", "--dry-run")
    assert NumberSeries.objects.get().last == 1
    call_command("after_restore", "--last-number", f"{series}=60", "--reason", "backup of noon", "--by", "petra")

    (plan,) = issue_invoices([again.pk], at=NOW, by="petra")
    assert (first.number, plan.number) == ("INV-2026-00001", "INV-2026-00061")
    assert f"series {series}: stands at 1, and reached 57 before the restore" in capsys.readouterr().out
    assert AuditEntry.objects.filter(action="series.opened", by="petra", reason="backup of noon").count() == 1
    assert restored.refusal() == ""


def test_a_backup_restored_as_another_database_is_known_as_one_even_where_the_broker_knows_nothing(
    monkeypatch, settings
):
    issued()
    assert restored.standing().instance == ""
    restored.keep_numbers(at=NOW)
    assert restored.refusal() == ""
    in_another_database(monkeypatch)
    monkeypatch.setattr(restored, "_marks", lambda _: {})

    _, plan = issued()
    assert "restored from a backup or moved" in plan.problems[0]
    call_command("after_restore", "--nothing-issued", "--reason", "moved to a larger server", "--by", "petra")

    assert restored.refusal() == ""
    assert issued()[1].outcome == "issued"


def test_a_series_is_never_set_back_and_what_is_known_counts_where_it_is_higher():
    pattern, day = NumberPattern("X-{year}-{number:03}"), date(2026, 1, 31)
    next_numbers(pattern, day, 10)
    restored.keep_numbers(at=NOW)
    series = NumberSeries.objects.get().name

    with pytest.raises(ValueError, match="has already given number"):
        restored.reconcile({series: 9}, reason="restored", **BY)
    assert restored.reconcile({series: 10}, reason="restored", **BY) == {}
    restored_from_before(series, 20)
    assert restored.reconcile({series: 17}, reason="restored", **BY) == {series: 20}
    assert next_numbers(pattern, day, 1) == ["X-2026-021"]


def test_a_broker_that_is_away_stops_nobody_from_issuing(settings):
    restored.keep_numbers(at=NOW)
    settings.DEPLOYMENT = replace(settings.DEPLOYMENT, redis_url="redis://127.0.0.1:1/0")

    restored.keep_numbers(at=NOW + timedelta(minutes=1))
    assert issued()[1].outcome == "issued"


def test_which_database_this_is_can_be_read_by_the_applications_role():
    with connection.cursor() as cursor:
        cursor.execute(restored.THIS_DATABASE, [restored.KNOWN_AS])
        known, here = cursor.fetchone()

    assert known is None
    assert len(here.split("-")) == 3
    assert all(here.split("-"))


def test_a_slip_in_the_name_of_a_series_lets_no_number_come_again(capsys):
    issued()
    said = ("--reason", "backup of noon", "--by", "petra")

    for wrong in ("INV-{year}-{number}=57", "IVN-2026-{number}=57"):
        with pytest.raises(CommandError, match="is no series of this installation"):
            call_command("after_restore", "--last-number", wrong, *said)
    with pytest.raises(CommandError, match="SERIES=NUMBER"):
        call_command("after_restore", "--last-number", "INV-2026-00057=57", *said)
    call_command("after_restore", "--last-number", "INV-2026-{number:05}=57", *said)

    assert "series INV-2026-{number} goes on with 58" in capsys.readouterr().out
    assert list(NumberSeries.objects.values_list("name", "last")) == [("INV-2026-{number}", 57)]
