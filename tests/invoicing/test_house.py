"""What all of invoicing stands on: switches, locks, bulk writes, the audit trail, messages."""

from __future__ import annotations

import logging
import zlib

import pytest
from celery import Celery
from django.db import DatabaseError, IntegrityError, transaction

from billing_project.queues import celery_settings
from invoicing import audit, sources
from invoicing.bulk import copy_rows, reserve_ids
from invoicing.dispatch import send_on_commit
from invoicing.locks import only_one
from invoicing.models import AuditEntry, Claim, KillSwitch, NumberSeries
from invoicing.switches import automation_is_stopped, resume_automation, stop_automation
from tests.factories import NOW, later
from tests.invoicing.documents import draft

pytestmark = pytest.mark.django_db


def test_the_switch_asks_for_a_reason_and_is_kept_as_one_row():
    with pytest.raises(ValueError, match="say why"):
        stop_automation(reason=" ", by="anna", at=NOW)
    before = automation_is_stopped()

    stop_automation(reason="wrong rates", by="anna", at=NOW)
    stopped = automation_is_stopped()
    resume_automation(reason="rates are right", by="max", at=later(hours=1))

    switch = KillSwitch.objects.get()
    assert (before, stopped, automation_is_stopped()) == (False, True, False)
    assert (switch.changed_by, switch.changed_at, switch.reason) == ("max", later(hours=1), "rates are right")


def test_a_lock_is_held_once_and_free_after_a_failure():
    def fail():
        with only_one("test") as alone:
            assert alone is True
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    with only_one("test") as alone, only_one("another") as other:
        assert (alone, other) == (True, True)


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_another_connection_holds_is_not_ours(owner):
    owner.execute("SELECT pg_advisory_lock(%s)", [zlib.crc32(b"test")])

    with only_one("test") as alone:
        refused = alone

    owner.execute("SELECT pg_advisory_unlock(%s)", [zlib.crc32(b"test")])
    with only_one("test") as alone:
        granted = alone
    assert (refused, granted) == (False, True)


def test_keys_are_reserved_and_never_given_twice():
    first, second = reserve_ids(Claim, 3), reserve_ids(Claim, 2)

    assert len({*first, *second}) == 5
    assert reserve_ids(Claim, 0) == []


def test_a_copy_that_breaks_a_constraint_keeps_nothing():
    rows = [("INV-2026-{number}", 1), ("INV-2026-{number}", 2)]

    with pytest.raises(IntegrityError), transaction.atomic():
        copy_rows(NumberSeries, ("name", "last"), rows)

    assert not NumberSeries.objects.exists()


def test_the_trail_tells_who_did_what_when_and_why():
    invoice = draft(1000)

    audit.record("invoice.looked_at", invoice, by="anna", at=NOW, reason="curious", data={"page": 1})
    audit.record("house.opened", None, by="anna", at=NOW)
    audit.record_all([audit.Action("invoice.sent", "invoice", invoice.pk, data={"to": "a"})], by="max", at=NOW)

    found = AuditEntry.objects.order_by("pk").values_list(
        "action", "subject_kind", "subject_id", "by", "reason", "data"
    )
    assert list(found) == [
        ("invoice.looked_at", "invoice", invoice.pk, "anna", "curious", {"page": 1}),
        ("house.opened", "installation", None, "anna", "", {}),
        ("invoice.sent", "invoice", invoice.pk, "max", "", {"to": "a"}),
    ]


def test_the_trail_is_append_only():
    audit.record("house.opened", None, by="anna", at=NOW)

    for change in (lambda: AuditEntry.objects.update(by="max"), AuditEntry.objects.all().delete):
        with pytest.raises(DatabaseError, match=r"append-only|permission denied"), transaction.atomic():
            change()

    assert AuditEntry.objects.get().by == "anna"


def test_a_kind_that_nobody_registered_is_told():
    with pytest.raises(LookupError, match="nobody registered the source kind 'moon'"):
        sources.kind_named("moon")

    assert sources.kind_named("time_entry").label == "time entry"


def test_a_broker_that_is_away_costs_the_person_who_saves_nothing(django_capture_on_commit_callbacks, caplog):
    nowhere = Celery("nowhere", set_as_current=False)
    nowhere.config_from_object(celery_settings("redis://127.0.0.1:1/0", "web"), namespace="CELERY")

    @nowhere.task(name="nobody.hears")
    def nobody_hears(**_):
        raise AssertionError

    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
        send_on_commit(nobody_hears, ticket_id=7)

    assert "message not sent" in caplog.text
