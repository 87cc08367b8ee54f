"""I-15: whatever is changed in the audit trail behind the product's back is found."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction

from invoicing import audit
from invoicing.audit_check import Known, violations
from invoicing.models import AuditEntry, AuditHead, AuditSeal
from invoicing.sealing import seal_entries
from tests.factories import NOW

COLUMNS = {
    "at": "at + interval '1 microsecond'", "by": "by || 'x'", "action": "action || 'x'",
    "subject_kind": "subject_kind || 'x'", "subject_id": "coalesce(subject_id, 0) + 1", "reason": "reason || ' '",
    "data": "data || '{\"more\": 1}'",
}  # fmt: skip
LATER = NOW + timedelta(hours=1)


def tell(number: int, **data: object) -> None:
    for _ in range(number):
        audit.record("ticket.billed", None, by="clara", at=NOW, reason="because", data=data)


@pytest.mark.django_db
def test_entries_are_sealed_once_in_a_chain_without_a_gap():
    tell(3, amount_cents=100)

    assert [seal_entries(at=NOW), seal_entries(at=NOW)] == [3, 0]
    audit.record_all([audit.Action("a", "ticket", 1), audit.Action("b", "ticket", 2)], by="clara", at=NOW)
    assert seal_entries(at=NOW) == 2

    assert list(AuditSeal.objects.order_by("entry_id").values_list("position", flat=True)) == [1, 2, 3, 4, 5]
    assert AuditHead.objects.get().digest == AuditSeal.objects.get(position=5).digest
    assert list(violations(at=LATER)) == []


@pytest.mark.django_db
def test_what_waits_too_long_and_a_seal_kept_elsewhere_that_does_not_fit_are_found(capsys):
    tell(2)
    assert list(violations(at=NOW)) == []
    assert "2 entries wait to be sealed" in next(violations(at=LATER))

    seal_entries(at=LATER)

    head = AuditHead.objects.get()
    assert list(violations(at=LATER, known=Known(2, head.digest))) == []
    for other in (Known(2, "f" * 64), Known(3, head.digest)):
        assert "does not have the seal that was kept" in next(violations(at=LATER, known=other))
    call_command("verify_audit", known=Known(2, head.digest))
    assert f"0 violations; the chain ends at 2:{head.digest}" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("verify_audit", known=Known(2, "f" * 64))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoicing_auditseal SET position = 9 WHERE position = 1",
        "UPDATE invoicing_auditseal SET digest = repeat('0', 64)",
        "DELETE FROM invoicing_auditseal",
        "UPDATE invoicing_audithead SET position = 1",
        "DELETE FROM invoicing_audithead",
        "TRUNCATE invoicing_auditseal",
    ],
)
def test_the_application_cannot_change_a_seal(statement):
    tell(2)
    seal_entries(at=NOW)

    refusal = pytest.raises(DatabaseError, match=r"append-only|only moves on|permission denied")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(violations(at=LATER)) == []


def tampering(chance: random.Random, ids: list[int]) -> str:
    """Something that only the owner can do, with every guard taken off: edit, delete, reorder, cut the tail."""
    one, two = sorted(chance.sample(ids, 2))
    column = chance.choice(sorted(COLUMNS))
    entries, seals = "invoicing_auditentry", "invoicing_auditseal"
    return chance.choice([
        f"UPDATE {entries} SET {column} = {COLUMNS[column]} WHERE id = {one}",
        f"DELETE FROM {entries} WHERE id = {one}",
        f"DELETE FROM {seals} WHERE entry_id = {one}",
        f"DELETE FROM {seals} WHERE entry_id = {one}; DELETE FROM {entries} WHERE id = {one}",
        f"UPDATE {entries} SET id = {one} + {two} - id WHERE id IN ({one}, {two})",
        f"UPDATE {seals} SET entry_id = {one} + {two} - entry_id WHERE entry_id IN ({one}, {two})",
        f"DELETE FROM {seals} WHERE entry_id >= {two}; DELETE FROM {entries} WHERE id >= {two}",
    ])  # fmt: skip


UNGUARD = """
ALTER TABLE invoicing_auditentry DISABLE TRIGGER USER; ALTER TABLE invoicing_auditseal DISABLE TRIGGER USER;
ALTER TABLE invoicing_auditentry DROP CONSTRAINT invoicing_auditentry_pkey CASCADE;
ALTER TABLE invoicing_auditseal DROP CONSTRAINT invoicing_auditseal_pkey;
"""


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_I_15_every_tampering_by_the_owner_of_the_database_is_found():
    chance = random.Random(15)  # noqa: S311 - chance, not a secret
    for place in range(20):
        audit.record(f"a{place}", None, by=f"p{place}", at=NOW, reason=f"r{place}", data={"place": place})
    seal_entries(at=NOW)
    ids = list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))

    unnoticed = [how for how in (tampering(chance, ids) for _ in range(200)) if not sentences_about(how)]

    assert unnoticed == []
    assert list(violations(at=LATER)) == []


def sentences_about(how: str) -> list[str]:
    """What is found of one tampering, which is taken back."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(UNGUARD)
        cursor.execute(how)
        found = list(violations(at=LATER, using="owner"))
        transaction.set_rollback(True, using="owner")
    return found
