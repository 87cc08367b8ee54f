"""Several workers at one outbox, and a worker that is killed while the server has the message (D-04, P4)."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial

import pytest
from django.db import OperationalError

from invoicing.mail.emptying import LEASE, send_due
from invoicing.models import AuditEntry, Mail
from invoicing.sending import send_invoices
from tests import smtp_server
from tests.factories import NOW
from tests.faults.points import Trap, at_every_moment
from tests.forks import fork, together
from tests.invoicing.documents import draft, issue

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def server(settings):
    settings.APP_ENV = "production"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with smtp_server.running() as postbox:
        settings.EMAIL_HOST, settings.EMAIL_PORT = smtp_server.LOOPBACK, postbox.port
        yield postbox


def send(keys):
    send_invoices(keys, at=NOW, by="petra")


def empty(at=NOW):
    return list(send_due(at=at))


def issued(count):
    documents = [draft(1000 + n) for n in range(count)]
    issue(*documents)
    return [one.pk for one in documents]


def test_four_who_send_the_same_documents_and_four_workers_make_one_message_of_each(server):
    keys = issued(8)

    assert together([partial(send, keys if n % 2 else keys[::-1]) for n in range(4)]) == [0] * 4
    assert together([empty] * 4) == [0] * 4

    assert set(Mail.objects.values_list("status", "attempts")) == {("sent", 1)}
    assert sorted(Mail.objects.values_list("invoice", flat=True)) == sorted(keys)
    assert len(server.taken) == len({taken.message["Message-ID"] for taken in server.taken}) == 8


def test_a_worker_killed_while_the_server_has_the_message_leaves_one_row_and_the_next_sends_the_same_id(server):
    (key,) = issued(1)
    send([key])
    server.mood = "stuck"
    worker = fork(empty)
    end = time.monotonic() + 20
    while not server.taken and time.monotonic() < end:
        time.sleep(0.01)
    worker.kill()
    worker.join()
    assert Mail.objects.values_list("status", "attempts").get() == ("queued", 1)

    server.mood = "well"
    assert empty() == []  # nobody can know yet that the worker is dead
    empty(NOW + LEASE)

    assert Mail.objects.values_list("status", "attempts").get() == ("sent", 2)
    first, second = (taken.message["Message-ID"] for taken in server.taken)
    assert first == second


def fail():
    raise OperationalError("the line broke")


def empty_into(trap, at):
    with at_every_moment(trap.reach):
        empty(at)


def test_a_statement_that_fails_at_any_moment_neither_loses_a_message_nor_makes_a_second_row(server):
    keys = issued(1)
    send(keys)
    counted = Trap(fail)
    empty_into(counted, NOW)
    moments = len(counted.moments)
    at = NOW

    for n, key in enumerate(issued(moments), 1):
        send([key])
        at += LEASE
        with suppress(OperationalError):  # the task fails, and beat asks again
            empty_into(Trap(fail, at=n), at)
        empty(at := at + LEASE)

    assert list(Mail.objects.values_list("status", flat=True)) == ["sent"] * (moments + 1)
    assert AuditEntry.objects.filter(action="mail.sent").count() == moments + 1
    ids = [taken.message["Message-ID"] for taken in server.taken]
    assert len(set(ids)) == moments + 1
    assert moments > 10
