"""The gateway's month of the demo: imported, planned, run and issued, and the books are right."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from demo.gateway import CALLS, CASES, COMPANIES, gateway_files
from invoicing.models import Claim, Invoice
from tests.commands.running import run, run_read_only
from tests.office.lines import import_files

pytestmark = pytest.mark.django_db

DEMO = Path(__file__).resolve().parents[2] / "demo"
MONTH = ("aggregate_month", "--month", "2026-10", "--at", "2026-11-01T06:00:00+01:00", "--format", "json")


def sums(told):
    return {one["partner"]: (one["subtotal_cents"], one["tax_cents"], one["total_cents"]) for one in told["partners"]}


def test_the_month_is_of_the_size_of_a_small_gateway():
    kinds = Counter(record["type"] for made in gateway_files().values() for record in made)
    assert (kinds["call"], kinds["service_case"]) == (CALLS, CASES) == (5000, 2500)
    assert kinds["client"] - len(COMPANIES) == 3


def test_two_previews_and_the_run_come_to_the_same_and_leave_nothing_unexplained():
    assert import_files(*(str(DEMO / name) for name in gateway_files()))[0] == 0

    first, second = run_read_only(*MONTH, "--dry-run"), run_read_only(*MONTH, "--dry-run")
    done = run(*MONTH, "--issue")

    assert (first.code, done.code) == (0, 0), done.err
    assert sums(first.json) == sums(second.json) == sums(done.json)
    documents = Invoice.objects.filter(kind="aggregate", status="open").order_by("number")
    assert [one.number for one in documents] == [f"AGG-2026-11-00{n}" for n in (1, 2, 3)]
    assert {one.client.external_id: one.total_cents for one in documents} == {
        partner: total for partner, (_, _, total) in sums(done.json).items()
    }
    claimed = Counter(Claim.objects.filter(released_at__isnull=True).values_list("kind", flat=True))
    unbilled = Counter[str]()
    for one in done.json["partners"]:
        unbilled.update(one["unbilled"])
    assert claimed["call"] + unbilled["call_not_completed"] + _unmanaged("06-calls.jsonl") == CALLS
    left = ("pending", "failed", "flat_or_none", "no_configuration", "inactive_configuration")
    assert claimed["service_case"] + sum(unbilled[reason] for reason in left) + _unmanaged("07-cases.jsonl") == CASES


def _unmanaged(name):
    """Usage of the company that left its partner in the middle of the month: it is nobody's."""
    moment = "started_at" if name == "06-calls.jsonl" else "output_sent_at"
    records = [record for record in gateway_files()[name] if record["company"] == "galerie"]
    return sum(str(record.get(moment) or record["created_at"]) >= "2026-10-16" for record in records)
