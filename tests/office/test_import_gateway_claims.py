"""What was billed of a company stays as it was billed, by us or by a former system."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from contracts.models import Client
from gateway_billing.models import Call, FeeSchedule, ServiceCase, ServiceChange, ServicePrice
from invoicing.models import Claim, Invoice, InvoiceLine

from .gateway_lines import COMPANIES, EVERYTHING, LINES, line
from .lines import import_lines, problems

pytestmark = pytest.mark.django_db

AT = datetime(2026, 2, 1, tzinfo=UTC)
MARKED = ("call", "service_case", "service_change")
BILLED = "cannot change: it is billed on a draft"


def billed(kind: str, unit: int, *parts: str) -> str:
    """The id of a draft of the partner with one line that claims this unit."""
    draft = Invoice.objects.create(
        client=Client.objects.get(external_id="par"), kind="aggregate", currency="EUR", created_at=AT,
        period_start=date(2026, 1, 1), period_end=date(2026, 2, 1),
    )  # fmt: skip
    charged = InvoiceLine.objects.create(
        invoice=draft, position=1, kind=kind, description="Usage", quantity=1, unit_price=9, amount_cents=900,
        company=Client.objects.get(external_id="sub1"), explanation={},
    )  # fmt: skip
    Invoice.objects.filter(pk=draft.pk).update(line_count=1, subtotal_cents=900)
    for part in parts or ("",):
        Claim.objects.create(kind=kind, source_id=unit, part=part, outcome="billed", line=charged, claimed_at=AT)
    return draft.external_id


def refused(tmp_path: Path, kind: str, **changes: object) -> dict[str, str]:
    """What is said about each key of a line that changes them."""
    found = (text.split(": ", 2) for text in problems(tmp_path, {"type": kind, "id": LINES[kind]["id"], **changes}))
    return {key: problem for _, key, problem in found}


def test_P1_a_billed_call_does_not_change(tmp_path):
    import_lines(tmp_path, *EVERYTHING)
    billed("call", Call.objects.get().pk)

    changes = {"duration_seconds": 62, "status": "failed", "billed_elsewhere": "A-1"}
    found = refused(tmp_path, "call", started_at="2026-01-16T09:00:00Z", **changes)

    assert found == {
        "started_at": BILLED, "duration_seconds": BILLED, "status": BILLED,
        "billed_elsewhere": "cannot be set: it is billed on a draft",
    }  # fmt: skip
    assert import_lines(tmp_path, line("call"))[1] == ["call: 0 created, 0 updated, 1 unchanged"]


def test_G_13_a_billed_case_does_not_change_but_for_its_subject(tmp_path):
    import_lines(tmp_path, *EVERYTHING)
    billed("service_case", ServiceCase.objects.get().pk)

    moments = {"created_at": "2026-01-15T07:00:00Z", "output_sent_at": "2026-01-15T09:06:00Z"}
    found = refused(tmp_path, "service_case", category=None, **moments)
    code, _, _ = import_lines(tmp_path, line("service_case", subject="Printer"))

    assert found == {"created_at": BILLED, "output_sent_at": BILLED, "category": BILLED}
    assert code == 0
    assert ServiceCase.objects.get().subject == "Printer"


def test_G_13_a_waived_case_is_not_marked_as_billed_elsewhere(tmp_path):
    import_lines(tmp_path, *EVERYTHING)
    ServiceCase.objects.update(waived_at=AT, waived_by="kim", waive_reason="goodwill")

    assert refused(tmp_path, "service_case", billed_elsewhere="A-17") == {
        "billed_elsewhere": "cannot be set: the case was waived by kim"
    }


def test_G_07_a_billed_price_may_end_after_the_months_that_were_billed(tmp_path):
    import_lines(tmp_path, *EVERYTHING)
    draft = billed("service_price", ServicePrice.objects.get().pk, "2026-01", "2026-02")

    found = refused(tmp_path, "service_price", price="30", valid_from="2025-12-31", valid_to="2026-02-27")
    code, _, _ = import_lines(tmp_path, line("service_price", valid_to="2026-02-28"))

    assert found == {
        "price": BILLED, "valid_from": BILLED,
        "valid_to": f"cannot change to this: it is billed on draft {draft} for 2026-02",
    }  # fmt: skip
    assert code == 0
    assert ServicePrice.objects.get().valid_to == date(2026, 2, 28)


def test_G_08_a_recurring_change_may_end_after_the_months_that_were_billed(tmp_path):
    import_lines(tmp_path, *COMPANIES, line("service_change", recurring="monthly"))
    draft = billed("service_change", ServiceChange.objects.get().pk, "2026-01", "2026-02")

    found = refused(
        tmp_path,
        "service_change",
        amount="1",
        status="cancelled",
        billed_elsewhere="A-17",
        recurring_until="2026-01-31",
    )
    code, _, _ = import_lines(tmp_path, line("service_change", recurring="monthly", recurring_until="2026-02-20"))

    assert found == {
        "amount": BILLED, "status": BILLED, "billed_elsewhere": "cannot be set: it is billed on a draft",
        "recurring_until": f"cannot change to this: it is billed on draft {draft} for 2026-02",
    }  # fmt: skip
    assert code == 0
    assert ServiceChange.objects.get().recurring_until == date(2026, 2, 20)


def test_a_billed_setup_fee_does_not_change_and_rates_do(tmp_path):
    import_lines(tmp_path, *COMPANIES, line("fee_schedule", setup_fee="150"))
    billed("setup_fee", FeeSchedule.objects.get().pk)

    found = refused(tmp_path, "fee_schedule", setup_fee="100", setup_fee_billed_elsewhere="A-17")
    code, _, _ = import_lines(tmp_path, line("fee_schedule", per_minute_rate="0.10"))

    assert found == {
        "setup_fee": BILLED, "setup_fee_billed_elsewhere": "cannot be set: it is billed on a draft",
    }  # fmt: skip
    assert code == 0


def test_what_a_former_system_billed_is_claimed_with_its_reference(tmp_path):
    lines = [
        *COMPANIES,
        *(
            line(kind, **({"billed_elsewhere": "A-17"} if kind in MARKED else {}))
            for kind in LINES
            if kind != "fee_schedule"
        ),
        line("fee_schedule", setup_fee="150", setup_fee_billed_elsewhere="A-17"),
    ]
    first = import_lines(tmp_path, *lines)
    again = import_lines(tmp_path, *lines)

    claims = {(claim.kind, claim.part, claim.outcome, claim.reference) for claim in Claim.objects.all()}
    assert first[0] == again[0] == 0
    assert claims == {(kind, "", "elsewhere", "A-17") for kind in (*MARKED, "setup_fee")}
    assert Claim.objects.count() == len(claims)
    assert all(text.endswith("0 created, 0 updated, 1 unchanged") for text in again[1] if not text.startswith("client"))


def test_a_mark_of_the_former_system_freezes_the_unit_and_can_be_taken_away(tmp_path):
    import_lines(tmp_path, *COMPANIES, line("call", billed_elsewhere="A-17"))

    frozen = refused(tmp_path, "call", duration_seconds=62)
    told = import_lines(tmp_path, {"type": "call", "id": "k1", "billed_elsewhere": "A-18"})
    references = list(Claim.objects.filter(released_at=None).values_list("reference", flat=True))
    code, _, _ = import_lines(tmp_path, line("call", billed_elsewhere=None, duration_seconds=62), by="kim")

    assert frozen == {"duration_seconds": "cannot change: it is billed elsewhere as A-17"}
    assert told[1] == ["call: 0 created, 1 updated, 0 unchanged"]
    assert references == ["A-18"]
    assert code == 0
    assert not Claim.objects.filter(released_at=None).exists()
    assert Call.objects.get().duration_seconds == 62
