"""What was billed stays as it was billed, by us or by a former system."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts.models import Client
from invoicing.models import Claim, Invoice, InvoiceLine
from tickets.models import TimeEntry

from .lines import EVERYTHING, LINES, import_lines, line, problems

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 31, tzinfo=UTC)


def test_a_ticket_with_claimed_work_stays_with_its_client(tmp_path):
    import_lines(tmp_path, *EVERYTHING, line("client", id="other"))
    billed(TimeEntry.objects.get())

    found = problems(tmp_path, line("ticket", client="other"))

    assert found == ["line 1: client: cannot change: work of the ticket is billed, covered or billed elsewhere"]


def billed(entry: TimeEntry) -> Invoice:
    """A draft with one line for this entry."""
    client = Client.objects.get(external_id="acme")
    draft = Invoice.objects.create(client=client, currency="EUR", created_at=AT)
    charged = InvoiceLine.objects.create(
        invoice=draft, position=1, kind="time", description="Work", quantity=1, unit_price=90, amount_cents=9000,
        explanation={},
    )  # fmt: skip
    Invoice.objects.filter(pk=draft.pk).update(line_count=1, subtotal_cents=9000)
    Claim.objects.create(kind="time_entry", source_id=entry.pk, outcome="billed", line=charged, claimed_at=AT)
    return draft


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hours_worked", "2.00"), ("work_date", "2026-01-16"), ("billable", False), ("status", "rejected"),
        ("hourly_rate", "75.00"), ("work_type", "travel"), ("emergency", True), ("technician", "mira"),
    ],
)  # fmt: skip
def test_claimed_work_does_not_change_and_the_invoice_is_named(tmp_path, key, value):
    import_lines(tmp_path, *EVERYTHING)
    billed(TimeEntry.objects.get())

    found = problems(tmp_path, {"type": "time_entry", "id": "e1", key: value})

    assert found == [f"line 1: {key}: cannot change: it is billed on a draft"]


def test_the_note_on_claimed_work_may_still_change(tmp_path):
    import_lines(tmp_path, *EVERYTHING)
    billed(TimeEntry.objects.get())

    code, _, _ = import_lines(tmp_path, line("time_entry", description="Fixed a typing error."))

    assert code == 0
    assert TimeEntry.objects.get().description == "Fixed a typing error."


def test_work_that_we_billed_is_not_marked_as_billed_elsewhere(tmp_path):
    import_lines(tmp_path, *EVERYTHING)
    billed(TimeEntry.objects.get())

    found = problems(tmp_path, line("time_entry", billed_elsewhere="A-17"))

    assert found == ["line 1: billed_elsewhere: cannot be set: it is billed on a draft"]


def test_the_currency_is_fixed_with_the_first_line_M_10(tmp_path):
    import_lines(tmp_path, *EVERYTHING)
    free = import_lines(tmp_path, line("client", currency="CHF"))
    import_lines(tmp_path, line("client"))
    billed(TimeEntry.objects.get())

    found = problems(tmp_path, line("client", currency="CHF"))

    assert free[0] == 0
    assert found == ["line 1: currency: is fixed since the first invoice line: EUR"]


@pytest.mark.parametrize(
    ("kind", "claimed"), [("ticket", "ticket_fee"), ("time_entry", "time_entry"), ("expense", "expense")]
)
def test_work_billed_elsewhere_is_claimed_with_its_reference(tmp_path, kind, claimed):
    marked = [line(name, **({"billed_elsewhere": "A-17"} if name == kind else {})) for name in LINES]
    import_lines(tmp_path, *marked)

    again = import_lines(tmp_path, *marked)

    claim = Claim.objects.get()
    assert again[0] == 0
    assert (claim.kind, claim.outcome, claim.reference, claim.released_at) == (claimed, "elsewhere", "A-17", None)


def test_work_billed_elsewhere_stays_as_it_was_billed(tmp_path):
    import_lines(tmp_path, *EVERYTHING[:-2], line("time_entry", billed_elsewhere="A-17"))

    found = problems(tmp_path, line("time_entry", hours_worked="2.00"))

    assert found == ["line 1: hours_worked: cannot change: it is billed elsewhere as A-17"]


def test_a_mark_of_the_former_system_can_be_changed_and_taken_away(tmp_path):
    import_lines(tmp_path, *EVERYTHING[:-2], line("time_entry", billed_elsewhere="A-17"))

    import_lines(tmp_path, line("time_entry", billed_elsewhere="A-18"))
    references = list(Claim.objects.filter(released_at=None).values_list("reference", flat=True))
    code, _, _ = import_lines(tmp_path, line("time_entry", billed_elsewhere=None, hours_worked="2.00"), by="kim")

    assert references == ["A-18"]
    assert code == 0
    assert not Claim.objects.filter(released_at=None).exists()
    assert Claim.objects.filter(released_by="kim").count() == 1
    assert TimeEntry.objects.get().seconds_worked == 7200
