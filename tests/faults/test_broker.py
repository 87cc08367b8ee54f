"""Redis away: nobody who saves waits for it, nothing is lost, and workers go on when it is back."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest
from django.utils import timezone

from tests.factories import NOW, TicketFactory, TimeEntryFactory
from tests.forks import die, fork
from tests.ledger import not_billed_once, statuses
from tests.processes import Broker, Processes, becomes
from tests.tcp_proxy import TcpProxy, proxy_to
from tickets import automation, lifecycle, tasks
from tickets.models import Ticket

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

# A person at the desk: closes the ticket of each line read, and answers how many seconds that took.
DESK = """
import sys, time
from django.utils import timezone
from invoicing import dispatch
from tickets.lifecycle import close_ticket
if len(sys.argv) > 1:
    dispatch.PAUSE_SECONDS = float(sys.argv[1])
for key in sys.stdin:
    before = time.monotonic()
    close_ticket(int(key), at=timezone.now(), by="kim")
    print(time.monotonic() - before, flush=True)
"""
BAD_LINES: dict[str, Callable[[TcpProxy], None]] = {
    "refuses": TcpProxy.refuse,
    "opens and stays silent": TcpProxy.be_silent,
    "does not even open": TcpProxy.be_deaf,
}


@pytest.fixture
def line(broker: Broker) -> Iterator[TcpProxy]:
    """The line between processes and Redis."""
    with proxy_to(broker.port) as proxy:
        yield proxy


def open_tickets(count: int) -> list[int]:
    tickets = [TicketFactory.create(status="open") for _ in range(count)]
    for ticket in tickets:
        TimeEntryFactory.create(ticket=ticket)
    return [ticket.pk for ticket in tickets]


@pytest.mark.parametrize("how", BAD_LINES)
def test_I_20_closing_takes_at_most_two_seconds_when_the_broker(
    how: str, processes: Processes, broker: Broker, line: TcpProxy
):
    tickets = open_tickets(5)
    desk = processes.script(DESK, 0, env={"PROCESS": "web", "REDIS_URL": broker.through(line.port)}, talks=True)

    BAD_LINES[how](line)
    from_the_start = [float(desk.ask(ticket)) for ticket in tickets[:2]]
    line.restore()
    well = float(desk.ask(tickets[2]))
    assert broker.waiting() == 1
    BAD_LINES[how](line)
    in_the_middle = [float(desk.ask(ticket)) for ticket in tickets[3:]]

    assert max(*from_the_start, well, *in_the_middle) < 2, (from_the_start, well, in_the_middle)
    assert desk.said().count("message not sent") == 4
    assert Ticket.objects.filter(status="closed", bill_after__lte=timezone.now()).count() == 5
    list(automation.sweep(at=timezone.now()))
    assert not_billed_once(tickets) == []


def test_I_20_who_closes_many_tickets_waits_for_an_absent_broker_once(
    processes: Processes, broker: Broker, line: TcpProxy
):
    tickets = open_tickets(30)
    desk = processes.script(DESK, env={"PROCESS": "web", "REDIS_URL": broker.through(line.port)}, talks=True)
    line.be_silent()

    waited = [float(desk.ask(ticket)) for ticket in tickets]

    assert max(waited) < 2
    assert sum(waited) < 4, waited
    assert desk.said().count("message not sent") == 1
    list(automation.sweep(at=timezone.now()))
    assert not_billed_once(tickets) == []


def test_I_20_a_slow_broker_still_gets_the_messages(processes: Processes, broker: Broker, line: TcpProxy):
    tickets = open_tickets(3)
    line.slow_down(0.03)
    desk = processes.script(DESK, env={"PROCESS": "web", "REDIS_URL": broker.through(line.port)}, talks=True)

    waited = [float(desk.ask(ticket)) for ticket in tickets]

    assert max(waited) < 2, waited
    assert broker.waiting() == 3


@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.full)])
def test_I_03_a_closing_is_not_lost_when_its_process_dies_before_it_sends_the_message(
    count: int, monkeypatch: pytest.MonkeyPatch, settings
):
    settings.BILLING = replace(settings.BILLING, delay_minutes=0)
    monkeypatch.setattr(tasks.bill_ticket, "apply_async", die)
    tickets = open_tickets(count)

    children = [fork(lifecycle.close_ticket, ticket, at=NOW, by="kim") for ticket in tickets]
    for child in children:
        child.join(30)

    assert {child.exitcode for child in children} == {-signal.SIGKILL}
    assert Ticket.objects.filter(status="closed", bill_after=NOW).count() == count
    assert becomes(lambda: list(automation.sweep(at=NOW)) == [])
    assert not_billed_once(tickets) == []


@pytest.mark.parametrize(
    "how", ["refuses", "opens and stays silent", pytest.param("does not even open", marks=pytest.mark.full)]
)
def test_a_worker_goes_on_after_its_broker(how: str, processes: Processes, broker: Broker, line: TcpProxy):
    first, second = open_tickets(2)
    worker = processes.worker(env={"REDIS_URL": broker.through(line.port)})
    BAD_LINES[how](line)
    time.sleep(2)
    Ticket.objects.update(status="closed")
    broker.send(tasks.bill_ticket, [{"ticket_id": first}])

    line.restore()

    assert becomes(lambda: statuses([first])["billed"], within=60), worker.said()
    broker.send(tasks.bill_ticket, [{"ticket_id": second}])
    assert becomes(lambda: statuses([second])["billed"], within=30), worker.said()
    assert not_billed_once([first, second]) == []


def test_a_worker_whose_line_is_cut_in_the_middle_bills_once(processes: Processes, broker: Broker, line: TcpProxy):
    tickets = open_tickets(60)
    Ticket.objects.update(status="closed")
    worker = processes.worker(env={"REDIS_URL": broker.through(line.port)})

    broker.send(tasks.bill_ticket, [{"ticket_id": ticket} for ticket in tickets])
    for so_far in (5, 20, 40):
        assert becomes(partial(_billed_at_least, so_far, tickets), within=60), worker.said()
        line.cut()

    assert becomes(lambda: statuses(tickets)["billed"] == 60 or not broker.waiting(), within=60), worker.said()
    assert becomes(lambda: list(automation.sweep(at=timezone.now())) == [])
    assert not_billed_once(tickets) == []


def _billed_at_least(count: int, tickets: list[int]) -> bool:
    return statuses(tickets)["billed"] >= count
