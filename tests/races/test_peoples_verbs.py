"""Two people decide about the same thing at the same moment: one of them wins, and the other is told (P2, T-21)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.contrib.messages import SUCCESS, get_messages
from django.db import connection
from django.urls import reverse

from gateway_billing.deciding import APPROVED, decide_changes
from gateway_billing.models import ServiceChange
from gateway_billing.months import month_of, run_month
from invoicing.admin.verbs import REFUSALS
from invoicing.lifecycle.payments import record_payment
from invoicing.lifecycle.void import void_invoice
from invoicing.models import Claim, Invoice, Payment
from tests.factories import DAY, NOW, ClientFactory, ContractFactory, TimeEntryFactory, closed_ticket, later
from tests.forks import fork
from tests.gateway_factories import RUN, CallFactory, ServiceChangeFactory
from tests.invoicing.documents import draft, issue
from tests.invoicing.pages import answered, shown, verb
from tests.processes import becomes
from tests.signing_in import signed_in
from tickets import automation, billing
from tickets.approval import Approver, approve_entries, reject_entries
from tickets.enrolment import enrol_client
from tickets.models import Ticket, TimeEntry
from tickets.overrides import bill_now

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

WHY: dict[str, Any] = {"reason": "as agreed", "at": NOW}
# Backends that wait for a row, and those that ask for the lock of a partner again and again.
WAITING = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND (wait_event_type = 'Lock' OR (xact_start IS NOT NULL AND query LIKE 'SELECT pg_try_advisory_xact_lock%%'
                                      AND pid <> pg_backend_pid()))"""


@dataclass(frozen=True)
class Race:
    """What two people do to one thing, the SQL that holds it until both are there, and how it ends either way.

    `held` may differ by who is first; where `both_may`, the second need not wait for the first.
    """

    held: str | tuple[str, str]
    works: tuple[Callable[[], str], Callable[[], str]]
    ends: Callable[[], object]
    either: tuple[object, object]
    both_may: bool = False


def told(do: Callable[[], object]) -> str:
    """What a use case refuses with; "" where it is done."""
    try:
        do()
    except REFUSALS as refused:
        return str(refused) or "refused"
    return ""


def pressed(browser: Any, address: str, **given: Any) -> str:
    """What a page says that is no success; "" where it is done."""
    page = answered(browser, address, **given)
    said = [str(message) for message in get_messages(page.wsgi_request) if message.level != SUCCESS]
    return "; ".join(said) if page.status_code == 302 else f"asked again: {'meanwhile' in shown(page)}"


def approve_or_reject() -> Race:
    entry = TimeEntryFactory.create(ticket=closed_ticket(status="open"))
    works = (
        partial(told, lambda: approve_entries([entry.pk], approver=Approver("ann"), at=NOW)),
        partial(told, lambda: reject_entries([entry.pk], approver=Approver("bob"), **WHY)),
    )
    held = f"SELECT 1 FROM tickets_ticket WHERE id = {entry.ticket_id} FOR NO KEY UPDATE"
    status = TimeEntry.objects.filter(pk=entry.pk).values_list("status", flat=True)
    return Race(held, works, status.get, ("approved", "rejected"))


def of_draft(first: str, second: str, **given: Any) -> Race:
    one = draft(8000)
    line = one.lines.get().pk
    works = tuple(
        partial(pressed, signed_in("administrator"), verb(one, name, line if name == "adjust_line" else None), **given)
        for name in (first, second)
    )
    held = f"SELECT 1 FROM invoicing_invoice WHERE id = {one.pk} FOR NO KEY UPDATE"

    def ends() -> object:
        one.refresh_from_db()
        return one.status, one.line_count

    ended = {"issue_this": ("open", 1), "discard_this": ("discarded", 1), "adjust_line": ("draft", 2)}
    return Race(held, works, ends, (ended[first], ended[second]))  # type: ignore[arg-type]


def void_or_pay() -> Race:
    one = draft(8000)
    issue(one)
    how: dict[str, Any] = {"received_on": DAY, "reference": "R 1", "by": "bob", "at": NOW}
    works = (
        partial(told, lambda: void_invoice(one.pk, then="hold", by="ann", **WHY)),
        partial(told, lambda: record_payment(one.pk, one.total_cents or 0, **how)),
    )
    held = f"SELECT 1 FROM invoicing_invoice WHERE id = {one.pk} FOR NO KEY UPDATE"

    def ends() -> object:
        return Invoice.objects.get(pk=one.pk).status, Payment.objects.filter(invoice=one).count()

    return Race(held, works, ends, (("void", 0), ("paid", 1)))


def force_or_waive() -> Race:
    ticket = closed_ticket("1.00", client=ContractFactory.create(per_ticket_rate=50).client, billable=False)
    billing.bill_ticket(ticket.pk, at=NOW)
    works = tuple(
        partial(pressed, signed_in(), reverse(f"admin:tickets_ticket_{name}", args=[ticket.pk]))
        for name in ("force_this", "waive_this")
    )
    held = f"SELECT 1 FROM tickets_ticket WHERE id = {ticket.pk} FOR NO KEY UPDATE"
    status = Ticket.objects.filter(pk=ticket.pk).values_list("billing_status", flat=True)
    return Race(held, works, status.get, ("billed", "waived"))  # type: ignore[arg-type]


def approve_or_run() -> Race:
    change = ServiceChangeFactory.create(status="pending")
    CallFactory.create(company=change.company)
    partner = change.company.managed_by
    assert partner is not None
    works = (
        partial(told, lambda: decide_changes([change.pk], APPROVED, by="ann", at=RUN)),
        partial(told, lambda: run_month(partner.pk, month_of(partner, "2026-01"), at=RUN)),
    )

    def ends() -> object:
        """Approved, and on a document of that run or of the next one."""
        run_month(partner.pk, month_of(partner, "2026-02"), at=RUN + timedelta(days=28))
        billed = Claim.objects.filter(kind="service_change", source_id=change.pk, released_at=None)
        return ServiceChange.objects.get(pk=change.pk).status, billed.count()

    held = (
        f"SELECT 1 FROM gateway_billing_servicechange WHERE id = {change.pk} FOR NO KEY UPDATE",
        f"SELECT pg_advisory_xact_lock(27262, {partner.pk})",
    )
    return Race(held, works, ends, (("approved", 1), ("approved", 1)), both_may=True)


def enrol_or_bill() -> Race:
    client = ContractFactory.create(client=ClientFactory.create(automation="off"), per_ticket_rate=50).client
    ticket = closed_ticket("1.00", client=client)
    billing.bill_ticket(ticket.pk, at=NOW)
    works = (
        partial(told, lambda: enrol_client(client.pk, "auto", automation_from=later(days=-90), by="ann", **WHY)),
        partial(told, lambda: bill_now(ticket.pk, by="bob", **WHY)),
    )
    held = f"SELECT 1 FROM tickets_ticket WHERE id = {ticket.pk} FOR NO KEY UPDATE"

    def ends() -> object:
        """Whoever came first, the ticket is billed, and once, also when the machine comes by."""
        list(automation.catch_up(at=later(days=1)))
        claims = Claim.objects.filter(line__invoice__client=client, released_at=None)
        return Ticket.objects.get(pk=ticket.pk).billing_status, claims.values("kind", "source_id").distinct().count()

    return Race(held, works, ends, (("billed", 2), ("billed", 2)), both_may=True)


@contextmanager
def holding(owner: psycopg.Connection, statement: str) -> Iterator[None]:
    with owner.transaction():
        owner.execute(statement)
        yield


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return int(cursor.fetchone()[0])


def run(race: Race, order: tuple[int, int], owner: psycopg.Connection, folder: Path) -> list[str]:
    """Let both wait for the same thing, the first of `order` before the other, then go; answer what each was told."""

    def write(number: int) -> None:
        (folder / str(number)).write_text(race.works[number]())

    running = []
    with holding(owner, race.held if isinstance(race.held, str) else race.held[order[0]]):
        running.append(fork(write, order[0]))
        assert becomes(lambda: waiting() == 1), "the first waits for nothing"
        running.append(fork(write, order[1]))
        assert becomes(lambda: waiting() == 2 or (race.both_may and not running[1].is_alive())), "the second does not"
        assert running[0].is_alive()
    for child in running:
        child.join(20)
    assert [child.exitcode for child in running] == [0, 0]
    return [(folder / str(number)).read_text() for number in (0, 1)]


PAIRS: dict[str, Callable[[], Race]] = {
    "approve and reject an entry": approve_or_reject,
    "issue and discard a draft": partial(of_draft, "issue_this", "discard_this", then="hold"),
    "adjust a line and issue": partial(of_draft, "adjust_line", "issue_this", amount="90.00"),
    "void and record a payment": void_or_pay,
    "force and waive a ticket": force_or_waive,
    "approve a change and run the month": approve_or_run,
    "enrol and bill": enrol_or_bill,
}


# Pages take their time: of these pairs, the order that use cases alone cannot get wrong is tried with the full figures.
SLOW = {("issue and discard a draft", 0), ("adjust a line and issue", 1), ("force and waive a ticket", 1)}


@pytest.mark.parametrize(
    ("pair", "first"),
    [
        pytest.param(pair, first, marks=[pytest.mark.full] if (name, first) in SLOW else [], id=f"{name}, {first}")
        for name, pair in PAIRS.items()
        for first in (0, 1)
    ],
)
def test_of_two_people_at_once_one_wins_and_the_other_is_told(pair, first: int, owner, tmp_path):
    race = pair()

    sentences = run(race, (first, 1 - first), owner, tmp_path)

    assert sentences[first] == ""
    assert bool(sentences[1 - first]) is not race.both_may, sentences
    assert race.ends() == race.either[first]
