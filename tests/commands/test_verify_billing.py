"""verify_billing: 0 where every promise holds, else 1 with each violation as a sentence."""

from __future__ import annotations

import pytest

from office.verification.run import CHECKS
from tests.commands.running import run, run_read_only
from tests.office.verification.conftest import Plant, books, owner_at_work, plant

__all__ = ["books", "owner_at_work", "plant"]


@pytest.mark.django_db
def test_books_in_order_end_with_0_and_what_was_checked(books):
    ended = run("verify_billing")

    assert (ended.code, ended.err) == (0, "")
    assert ended.lines == ["checked 11 lines, 3 documents, 14 claims, 5 tickets: no violations"]


@pytest.mark.django_db
def test_nothing_is_written(books):
    assert run_read_only("verify_billing").code == 0


@pytest.mark.django_db
def test_json_says_what_was_checked(books):
    ended = run("verify_billing", "--format", "json")

    assert ended.code == 0
    assert ended.json == {
        "checks": list(CHECKS),
        "violations": [],
        "checked": {"lines": 11, "documents": 3, "claims": 14, "tickets": 5},
    }


@pytest.mark.django_db(databases=["default", "owner"])
def test_violations_end_with_1_and_name_the_document(plant: Plant, books):
    plant("UPDATE invoicing_invoice SET issued_by = '' WHERE number = 'INV-2026-00001'")

    text, json = run("verify_billing"), run("verify_billing", "--format", "json")

    assert (text.code, json.code) == (1, 1)
    assert text.lines[0] == "document INV-2026-00001: it is issued and lacks: issuer"
    assert text.lines[1].endswith("5 tickets: 1 violation")
    assert text.err == "1 violation\n"
    assert json.json["violations"] == [
        {
            "check": "issued_is_complete",
            "subject": "document INV-2026-00001",
            "detail": "it is issued and lacks: issuer",
        }
    ]


@pytest.mark.django_db(databases=["default", "owner"])
def test_several_violations_are_counted(plant: Plant, books):
    plant("UPDATE invoicing_invoice SET issued_by = '' WHERE number IS NOT NULL")

    assert run("verify_billing").err == "2 violations\n"
