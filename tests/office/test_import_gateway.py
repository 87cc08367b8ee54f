"""What companies used and agreed arrives by import, and is refused with a sentence where it cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway_billing.models import (
    Call,
    CaseCategory,
    FeeSchedule,
    OutputConfiguration,
    ServiceCase,
    ServiceChange,
    ServicePrice,
)  # fmt: skip

from .gateway_lines import COMPANIES, EVERYTHING, LINES, line
from .lines import GONE, import_lines, problems
from .lines import line as usual

pytestmark = pytest.mark.django_db


def test_one_line_of_each_type_is_stored_and_says_nothing_new_the_second_time(tmp_path):
    first = import_lines(tmp_path, *reversed(EVERYTHING))
    second = import_lines(tmp_path, *EVERYTHING)

    assert first[0] == second[0] == 0
    assert [text for text in first[1] if text.partition(":")[0] in LINES] == [
        f"{kind}: 1 created, 0 updated, 0 unchanged" for kind in LINES
    ]
    assert [text for text in second[1] if text.partition(":")[0] in LINES] == [
        f"{kind}: 0 created, 0 updated, 1 unchanged" for kind in LINES
    ]
    call, case, category = Call.objects.get(), ServiceCase.objects.get(), CaseCategory.objects.get()
    assert (call.company.external_id, call.duration_seconds, call.status) == ("sub1", 61, "completed")
    assert call.started_at == datetime(2026, 1, 15, 8, tzinfo=UTC)
    assert (case.category, category.output_configuration) == (category, OutputConfiguration.objects.get())
    assert (case.output_sent_at, case.is_billable, case.metadata) == (datetime(2026, 1, 15, 8, 5, tzinfo=UTC), True, {})


def test_what_may_be_left_out_may_be_said_and_cleared(tmp_path):
    lines = [
        line("fee_schedule", metering="60/6", tenant_per_minute_rate="0.2", plan_per_minute_rate="0",
             buy_per_minute_rate="0.05", included_minutes=100, usage_discount_percent="12.5", setup_fee="150.00",
             setup_fee_billed_elsewhere="A-17"),
        line("output_configuration", active=False, base_price_cents=100, email_price_cents=None,
             webhook_price_cents=0, monthly_flat_price_cents=4900, default=True),
        line("service_price", valid_to="2026-12-31", discount_percent="10", interval="yearly", prorate=True,
             quantity="2"),
        line("service_change", amount=GONE, hours="1.5", hourly_rate="75.00", category="support", description="Help",
             recurring="monthly", recurring_until="2026-06-30"),
    ]  # fmt: skip

    said = import_lines(tmp_path, *COMPANIES, *lines)
    fees, output, price, change = _agreed()

    assert said[0] == 0
    assert (fees.first_seconds, fees.next_seconds, fees.included_minutes, fees.unlimited_minutes) == (60, 6, 100, False)
    assert (fees.per_minute_rate, fees.tenant_per_minute_rate) == (Decimal("0.15"), Decimal("0.2"))
    assert (fees.plan_per_minute_rate, fees.buy_per_minute_rate) == (0, Decimal("0.05"))
    assert (fees.usage_discount_percent, fees.setup_fee) == (Decimal("12.5"), 150)
    assert (output.active, output.base_price_cents, output.email_price_cents) == (False, 100, None)
    assert (output.webhook_price_cents, output.monthly_flat_price_cents, output.default) == (0, 4900, True)
    assert (price.valid_to, price.discount_percent, price.interval) == (date(2026, 12, 31), 10, "yearly")
    assert (price.prorate, price.quantity) == (True, 2)
    assert (change.amount, change.hours, change.hourly_rate) == (None, Decimal("1.5"), 75)
    assert (change.recurring, change.recurring_until) == (True, date(2026, 6, 30))

    cleared = import_lines(
        tmp_path,
        {"type": "fee_schedule", "id": "f1", "metering": None, "per_minute_rate": None, "included_minutes": None},
        {"type": "service_change", "id": "h1", "recurring": None, "recurring_until": None},
    )
    fees, _, _, change = _agreed()

    assert cleared[0] == 0
    assert (fees.first_seconds, fees.next_seconds, fees.per_minute_rate, fees.included_minutes) == (1, 1, None, None)
    assert (change.recurring, change.recurring_until) == (False, None)


def _agreed():
    return (
        FeeSchedule.objects.get(), OutputConfiguration.objects.get(), ServicePrice.objects.get(),
        ServiceChange.objects.get(),
    )  # fmt: skip


def test_unlimited_minutes_are_a_value_of_their_own(tmp_path):
    import_lines(tmp_path, *COMPANIES, line("fee_schedule", included_minutes="unlimited"))

    fees = FeeSchedule.objects.get()

    assert (fees.included_minutes, fees.unlimited_minutes) == (None, True)


def test_a_change_that_is_approved_by_import_says_who_approved_it(tmp_path):
    import_lines(tmp_path, *COMPANIES, line("service_change"), line("service_change", id="h2", status="pending"))
    import_lines(tmp_path, line("service_change", status="cancelled"), line("service_change", id="h2"), by="kim")

    taken_back, approved = ServiceChange.objects.order_by("external_id")

    assert (taken_back.approved_by, taken_back.approved_at) == ("", None)
    assert (approved.approved_by, approved.approved_at) == ("kim", datetime(2026, 2, 1, 8, tzinfo=UTC))


def test_a_case_that_is_no_longer_sent_loses_its_moment(tmp_path):
    import_lines(tmp_path, *EVERYTHING)

    code, _, _ = import_lines(tmp_path, {"type": "service_case", "id": "s1", "output_status": "failed"})

    assert code == 0
    assert ServiceCase.objects.get().output_sent_at is None


def test_the_default_passes_from_one_configuration_to_another(tmp_path):
    old, new = line("output_configuration", default=True), line("output_configuration", id="o0", default=False)
    import_lines(tmp_path, *COMPANIES, new, old)

    code, _, _ = import_lines(tmp_path, {**new, "default": True}, {**old, "default": False})

    assert code == 0
    assert OutputConfiguration.objects.get(default=True).external_id == "o0"


NEEDED = [
    *((kind, "company") for kind in LINES), ("output_configuration", "output_type"),
    ("output_configuration", "billing_mode"), ("case_category", "name"), ("case_category", "output_configuration"),
    ("service_price", "service"), ("service_price", "price"), ("service_price", "valid_from"),
    ("service_change", "service_date"), ("service_change", "status"), ("call", "started_at"),
    ("call", "duration_seconds"), ("call", "status"), ("service_case", "created_at"), ("service_case", "output_status"),
]  # fmt: skip


def test_what_a_new_record_needs_is_asked_for(tmp_path):
    import_lines(tmp_path, *EVERYTHING)
    wrong = [
        line(kind, **{"id": f"w{number}", "service": f"Line {number}", key: GONE})
        if kind == "service_price"
        else line(kind, id=f"w{number}", **{key: GONE})
        for number, (kind, key) in enumerate(NEEDED)
    ]

    found = problems(tmp_path, *wrong)

    assert [text for text in found if text.endswith("is missing")] == [
        f"line {number}: {key}: is missing" for number, (_, key) in enumerate(NEEDED, 1)
    ]


OTHERS = [
    line("output_configuration", id="o2", company="sub2", default=True),
    line("case_category", id="g2", company="sub2", output_configuration="o2"),
    line("service_price", id="p2", company="sub2"),
    line("fee_schedule", id="f2", company="sub2"),
]
COUNTING = "metering: must be per_second, per_minute or first/next seconds such as 60/6, not"
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("call", {"duration_seconds": -1}, "duration_seconds: must not be negative, as -1 is"),
    ("call", {"duration_seconds": 360_000}, "duration_seconds: is longer than 99 hours: 360000"),
    ("call", {"duration_seconds": "61"}, 'duration_seconds: must be a whole number of seconds, not "61"'),
    ("call", {"duration_seconds": True}, "duration_seconds: must be a whole number of seconds, not true"),
    ("call", {"company": "nobody"}, 'company: there is no client "nobody"'),
    ("call", {"company": "par"}, 'company: "par" is not a managed company: no partner has ever managed it'),
    ("call", {"status": "done"}, 'status: must be one of ongoing, completed, ended, failed, not "done"'),
    ("service_case", {"output_sent_at": "2026-01-15T08:59:59+01:00"}, "output_sent_at: is before created_at"),
    ("service_case", {"output_sent_at": GONE}, "output_sent_at: is missing for a case that was sent"),
    ("service_case", {"output_status": "failed"}, "output_sent_at: cannot stand beside the output status failed"),
    ("service_case", {"category": "g2"}, 'category: belongs to "sub2", the case to "sub1"'),
    (
        "case_category", {"output_configuration": "o2"},
        'output_configuration: belongs to "sub2", the category to "sub1"',
    ),
    ("output_configuration", {"base_price_cents": -1}, "base_price_cents: must be between 0 and 1000000000000, not -1"),
    ("output_configuration", {"output_type": "fax"}, 'output_type: must be one of email, webhook, hybrid, not "fax"'),
    ("service_price", {"service": "Fax", "valid_to": "2025-12-31"}, "valid_to: is before valid_from"),
    ("service_price", {"service": "TV", "discount_percent": "101"}, 'discount_percent: must be at most 100, not "101"'),
    ("service_change", {"amount": GONE}, "amount: is missing (or give hours and hourly_rate)"),
    (
        "service_change", {"hours": "1", "hourly_rate": "75"},
        "amount: cannot stand beside hours; null clears one of them",
    ),
    ("service_change", {"amount": GONE, "hours": "1"}, "hourly_rate: is missing beside hours"),
    ("service_change", {"amount": GONE, "hourly_rate": "75"}, "hours: is missing beside hourly_rate"),
    ("service_change", {"recurring": "weekly"}, 'recurring: must be one of monthly, not "weekly"'),
    (
        "service_change", {"recurring_until": "2026-02-01"},
        "recurring_until: is the end of a change that does not recur",
    ),
    (
        "service_change", {"recurring": "monthly", "recurring_until": "2026-01-14"},
        "recurring_until: is before service_date",
    ),
    ("fee_schedule", {"company": "sub3", "metering": "6.5"}, f'{COUNTING} "6.5"'),
    ("fee_schedule", {"company": "sub4", "metering": 60}, f"{COUNTING} 60"),
    ("fee_schedule", {"company": "sub5", "included_minutes": "many"},
     'included_minutes: must be a whole number, not "many"'),
    ("fee_schedule", {"company": "sub2"}, 'company: has another fee schedule, "f2"'),
]  # fmt: skip


def test_lines_that_make_no_sense_are_refused(tmp_path):
    import_lines(tmp_path, *EVERYTHING, *OTHERS)
    companies = [usual("client", id=f"sub{number}", managed_by="par") for number in (3, 4, 5)]
    wrong = [line(kind, **{"id": f"w{number}", **changes}) for number, (kind, changes, _) in enumerate(WRONG)]

    found = problems(tmp_path, *wrong, *companies)

    assert found == [f"line {number}: {problem}" for number, (_, _, problem) in enumerate(WRONG, 1)]


def test_a_company_has_one_default_configuration_and_one_fee_schedule(tmp_path):
    import_lines(tmp_path, *COMPANIES, *OTHERS)
    another = line("output_configuration", company="sub2", default=True)

    assert problems(tmp_path, another, line("fee_schedule", company="sub2"), {**another, "id": "o9"}) == [
        'line 1: default: is already "o2": a company has one default',
        'line 1: default: is also said of "o9": a company has one default',
        'line 2: company: has another fee schedule, "f2"',
        'line 3: default: is already "o2": a company has one default',
        'line 3: default: is also said of "o1": a company has one default',
    ]


def test_G_07_two_prices_of_one_service_do_not_overlap(tmp_path):
    import_lines(tmp_path, *COMPANIES, line("service_price"))
    again = line("service_price", id="p3", valid_from="2026-03-01")

    stored = problems(tmp_path, again)
    in_file = problems(tmp_path, again, {**again, "id": "p4"}, line("service_price", valid_to="2026-02-28"))
    code, _, _ = import_lines(tmp_path, again, line("service_price", valid_to="2026-02-28"))

    assert stored == ['line 1: valid_from: overlaps the price "p1" of the same service']
    assert in_file == [
        'line 1: valid_from: overlaps the price "p4" of the same service',
        'line 2: valid_from: overlaps the price "p3" of the same service',
    ]
    assert code == 0


def test_a_company_that_was_managed_once_keeps_its_usage(tmp_path):
    import_lines(tmp_path, *COMPANIES)
    import_lines(tmp_path, {"type": "client", "id": "sub1", "managed_by": None})

    assert import_lines(tmp_path, line("call"))[0] == 0


def test_nothing_moves_to_another_company(tmp_path):
    import_lines(tmp_path, *EVERYTHING)

    found = problems(tmp_path, *(line(kind, company="sub2") for kind in LINES))

    assert [text for text in found if ": company: " in text] == [
        f'line {number}: company: cannot change from "sub1" to "sub2"' for number in range(1, len(LINES) + 1)
    ]


def test_a_charge_of_a_managed_company_is_imported_as_any_other(tmp_path):
    charge = {"type": "charge", "id": "z1", "client": "sub1", "date": "2026-01-15", "description": "Rack",
              "quantity": "1", "unit_price": "10.00"}  # fmt: skip

    assert import_lines(tmp_path, *COMPANIES, charge)[0] == 0
    assert import_lines(tmp_path, usual("client", id="sub1"), charge)[0] == 0
