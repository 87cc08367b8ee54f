"""The parts that documents are made of: drafts, claims, moves, switches, locks, messages, the audit trail."""

from __future__ import annotations

import logging
import zlib
from decimal import Decimal

import pytest
from celery import Celery
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing_project.queues import celery_settings
from invoicing import audit, sources
from invoicing.bulk import copy_rows, reserve_ids
from invoicing.claims import DoubleBilling, NewClaim, claim
from invoicing.dispatch import send_on_commit
from invoicing.lifecycle.drafts import Collector, add_to_drafts
from invoicing.locks import only_one
from invoicing.models import AuditEntry, Claim, Invoice, InvoiceLine, KillSwitch, NumberSeries, TaxLine
from invoicing.switches import automation_is_stopped, resume_automation, stop_automation
from invoicing.transitions import InvalidTransition, sources_of
from rating.charge import Source
from tests.factories import NOW, ClientFactory, later
from tests.invoicing.documents import charge, draft, issue

pytestmark = pytest.mark.django_db


def unit(number, **facts):
    return Source("call", number, **facts)


def test_lines_go_on_the_one_open_draft_of_their_collector_in_order():
    client = ClientFactory.create()
    month, ticket = Collector(client.pk, "2026-01", "EUR"), Collector(client.pk, "ticket:7", "EUR")

    placed = add_to_drafts([(month, charge(100)), (ticket, charge(200)), (month, charge(300))], at=NOW)
    add_to_drafts([(month, charge(400))], at=NOW)

    assert placed[0].draft is placed[2].draft is not placed[1].draft
    drafts = Invoice.objects.order_by("collects").values_list("collects", "line_count", "subtotal_cents")
    assert list(drafts) == [("2026-01", 3, 800), ("ticket:7", 1, 200)]
    lines = InvoiceLine.objects.filter(invoice__collects="2026-01").values_list("position", "amount_cents")
    assert list(lines) == [(1, 100), (2, 300), (3, 400)]


def test_no_lines_open_no_draft():
    assert add_to_drafts([], at=NOW) == []
    assert not Invoice.objects.exists()


def test_a_line_keeps_what_it_was_charged_with():
    invoice = draft(charge(1250, tax_rate=Decimal(7), goods=True))

    line = invoice.lines.get()

    assert (line.kind, line.description, line.quantity, line.unit_price) == ("charge", "Rack at 1250", 1, Decimal("12.5"))
    assert (line.item_tax_rate, line.goods, line.tax_category, line.tax_rate) == (Decimal(7), True, "", None)
    assert line.explanation["steps"][-1]["amount_cents"] == 1250


def test_once_a_draft_is_issued_the_next_lines_open_another():
    client = ClientFactory.create()
    first = draft(100, client=client)
    issue(first)

    second = draft(200, client=client)

    assert second.pk != first.pk
    assert (first.subtotal_cents, second.subtotal_cents) == (100, 200)


def test_a_unit_is_claimed_once_and_a_second_claim_names_it():
    claim([NewClaim(unit(7), "free"), NewClaim(unit(8, part="2026-01"), "free")], at=NOW)
    claim([NewClaim(unit(8, part="2026-02"), "free")], at=NOW)

    with pytest.raises(DoubleBilling, match=r"already billed: .*\(call, 7, \)"), transaction.atomic():
        claim([NewClaim(unit(9), "free"), NewClaim(unit(7), "free")], at=NOW)

    assert Claim.objects.count() == 3


def test_a_released_unit_can_be_claimed_again():
    claim([NewClaim(unit(7), "free")], at=NOW)
    Claim.objects.update(released_at=NOW, released_by="petra", release_reason="wrong")

    claim([NewClaim(unit(7), "free")], at=NOW)

    assert Claim.objects.filter(released_at__isnull=True).count() == 1


@pytest.mark.parametrize("outcome", ["billed", "elsewhere", "gift"])
def test_a_claim_without_the_proof_of_its_outcome_is_refused(outcome):
    with pytest.raises(IntegrityError, match="invoicing_claim_outcome"), transaction.atomic():
        claim([NewClaim(unit(7), outcome)], at=NOW)

    assert not Claim.objects.exists()


MOVES = [
    ("draft", "discarded", True),
    ("draft", "paid", False),
    ("open", "paid", True),
    ("open", "void", True),
    ("open", "uncollectible", True),
    ("open", "draft", False),
    ("open", "discarded", False),
    ("paid", "open", False),
    ("paid", "void", False),
    ("uncollectible", "paid", True),
    ("void", "open", False),
    ("discarded", "draft", False),
]


def in_state(state):
    invoice = draft(1000)
    if state == "discarded":
        invoice.discard()
    elif state != "draft":
        issue(invoice)
        if state != "open":
            invoice.move_to(state)
    return invoice


@pytest.mark.parametrize(("before", "after", "allowed"), MOVES)
def test_D_01_a_document_moves_only_as_its_states_allow(before, after, allowed):
    invoice = in_state(before)

    if allowed:
        invoice.move_to(after)
    else:
        with pytest.raises(InvalidTransition, match=f"is {before} and cannot become {after}"):
            invoice.move_to(after)
        with pytest.raises(DatabaseError, match="cannot become|cannot be changed|violates"), transaction.atomic():
            Invoice.objects.update(status=after)

    invoice.refresh_from_db()
    assert invoice.status == (after if allowed else before)


def test_a_state_knows_where_it_can_come_from():
    assert sources_of(Invoice, "paid") == ["open", "uncollectible"]


def test_a_stale_copy_of_a_document_cannot_undo_its_issue():
    invoice = draft(1000)
    stale = Invoice.objects.get()
    issue(invoice)

    stale.save()

    invoice.refresh_from_db()
    assert (invoice.status, invoice.number) == ("open", "INV-2026-00001")


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

    found = AuditEntry.objects.order_by("pk").values_list("action", "subject_kind", "subject_id", "by", "reason", "data")
    assert list(found) == [
        ("invoice.looked_at", "invoice", invoice.pk, "anna", "curious", {"page": 1}),
        ("house.opened", "installation", None, "anna", "", {}),
        ("invoice.sent", "invoice", invoice.pk, "max", "", {"to": "a"}),
    ]


def test_the_trail_is_append_only():
    audit.record("house.opened", None, by="anna", at=NOW)

    for change in (lambda: AuditEntry.objects.update(by="max"), AuditEntry.objects.all().delete):
        with pytest.raises(DatabaseError, match="append-only|permission denied"), transaction.atomic():
            change()

    assert AuditEntry.objects.get().by == "anna"


def test_a_kind_that_nobody_registered_is_told():
    with pytest.raises(LookupError, match="nobody registered the source kind 'moon'"):
        sources.kind_named("moon")

    assert sources.kind_named("time_entry").label == "time entry"


def test_a_broker_that_is_away_costs_the_person_who_saves_nothing(django_capture_on_commit_callbacks, caplog):
    nowhere = Celery("nowhere")
    nowhere.config_from_object(celery_settings("redis://127.0.0.1:1/0", "web"), namespace="CELERY")

    @nowhere.task(name="nobody.hears")
    def nobody_hears(**_):
        raise AssertionError

    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
        send_on_commit(nobody_hears, ticket_id=7)

    assert "message not sent" in caplog.text


def test_rows_read_as_people_would_name_them():
    invoice = draft(1000)
    name = str(invoice)
    issue(invoice)
    stop_automation(reason="wrong rates", by="anna", at=NOW)
    claim([NewClaim(unit(7), "free")], at=NOW)

    rows = (
        invoice, invoice.lines.get(), TaxLine.objects.get(), NumberSeries.objects.get(), KillSwitch.objects.get(),
        AuditEntry.objects.get(action="automation.stopped"), Claim.objects.get(), KillSwitch(on=False),
    )  # fmt: skip
    assert name == f"draft {invoice.external_id}"
    assert [str(row) for row in rows] == [
        "INV-2026-00001", "Rack at 1000", "S 19.000 %", "INV-2026-{number}: 1", "automation stopped",
        "automation.stopped by anna", "call 7 free", "automation running",
    ]  # fmt: skip


def test_two_open_drafts_of_one_collector_are_refused():
    invoice = draft(1000)

    with pytest.raises(IntegrityError, match="one_open_draft"), transaction.atomic():
        Invoice.objects.create(client=invoice.client, currency="EUR", created_at=NOW, collects=invoice.collects)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM invoicing_invoice")
        assert cursor.fetchone() == (1,)
