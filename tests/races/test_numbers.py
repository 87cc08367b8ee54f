"""Document numbers under fire: eight processes, rollbacks, kills and a new month leave no gap and no double (I-06)."""

from __future__ import annotations

import os
import signal
import time
from collections import defaultdict
from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection, transaction

from invoicing.lifecycle.issue import issue_invoices
from invoicing.models import Invoice, InvoiceLine, NumberSeries
from tests.factories import ClientFactory
from tests.forks import together
from tests.races.chance import repeatable

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

PROCESSES = 8
JANUARY = datetime(2026, 1, 31, 20, 0, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 1, 4, 0, tzinfo=UTC)
NEW_YEAR = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)  # 2026 in Berlin


def drafts(count: int, **facts: object) -> list[int]:
    """Drafts of one line of 10.00 each."""
    client = ClientFactory.create()
    made = Invoice.objects.bulk_create(
        Invoice(client=client, currency="EUR", created_at=JANUARY, **facts) for _ in range(count)
    )
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=draft, position=1, kind="charge", description="Service", quantity=1, unit_price=1000,
            amount_cents=1000, explanation={},
        )
        for draft in made
    )  # fmt: skip
    Invoice.objects.filter(client=client).update(subtotal_cents=1000, line_count=1)
    return [draft.pk for draft in made]


def issue_each(keys: list[int], seed: int) -> None:
    """Issue one by one, half of them on each side of midnight; every tenth is rolled back first."""
    chance = repeatable(seed)
    for key in keys:
        at = chance.choice([JANUARY, FEBRUARY])
        if chance.random() < 0.1:
            roll_back(key, at)
        issue_invoices([key], at=at, by="ann")


def roll_back(key: int, at: datetime) -> None:
    with transaction.atomic():
        issue_invoices([key], at=at, by="ann")
        transaction.set_rollback(True)


def die_with_a_number(key: int, after: float) -> None:
    time.sleep(after)
    with transaction.atomic():
        issue_invoices([key], at=JANUARY, by="ann")
        os.kill(os.getpid(), signal.SIGKILL)


def series() -> dict[str, list[int]]:
    """The numbers given, by what they have in common, in order."""
    given: dict[str, list[int]] = defaultdict(list)
    for number in Invoice.objects.exclude(number=None).values_list("number", flat=True):
        name, _, last = str(number).rpartition("-")
        given[name].append(int(last))
    return {name: sorted(numbers) for name, numbers in given.items()}


@pytest.mark.parametrize(("each", "kills"), [(60, 10), pytest.param(250, 50, marks=pytest.mark.full)])
def test_I_06_numbers_are_unique_and_without_a_gap(each: int, kills: int):
    keys = [*drafts(each * PROCESSES // 2), *drafts(each * PROCESSES // 2, kind="aggregate")]
    doomed = drafts(kills)
    mixed = repeatable(1).sample(keys, len(keys))

    works = [partial(issue_each, mixed[n::PROCESSES], n) for n in range(PROCESSES)]
    deaths = [partial(die_with_a_number, key, n * each / kills / 40) for n, key in enumerate(doomed)]

    codes = together([*works, *deaths], within=300)

    assert codes == [0] * PROCESSES + [-signal.SIGKILL] * kills
    assert Invoice.objects.filter(status="draft").count() == kills
    given = series()
    assert set(given) == {"INV-2026", "AGG-2026-01", "AGG-2026-02"}
    assert {name: numbers for name, numbers in given.items() if numbers != list(range(1, len(numbers) + 1))} == {}
    assert sum(map(len, given.values())) == each * PROCESSES
    last = {name.partition("-{")[0]: last for name, last in NumberSeries.objects.values_list("name", "last")}
    assert last == {name: len(numbers) for name, numbers in given.items()}


def test_G_14_twenty_at_once_take_the_first_twenty_numbers():
    keys = drafts(20, kind="aggregate")

    assert together([partial(issue_invoices, [key], at=NEW_YEAR, by="ann") for key in keys]) == [0] * 20

    assert series() == {"AGG-2026-01": list(range(1, 21))}


def test_D_02_eight_processes_that_issue_one_draft_issue_it_once():
    (key,) = drafts(1)

    assert together([partial(issue_invoices, [key], at=JANUARY, by="ann")] * PROCESSES) == [0] * PROCESSES

    assert series() == {"INV-2026": [1]}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM invoicing_auditentry WHERE action = 'invoice.issued'")
        assert cursor.fetchone() == (1,)


def test_P7_pages_that_overlap_and_are_issued_in_any_order_do_not_deadlock():
    keys = [*drafts(40), *drafts(40, kind="aggregate")]
    pages = [repeatable(n).sample(keys, len(keys)) for n in range(PROCESSES)]

    assert together([partial(issue_invoices, page, at=JANUARY, by="ann") for page in pages]) == [0] * PROCESSES

    assert series() == {"INV-2026": list(range(1, 41)), "AGG-2026-01": list(range(1, 41))}
