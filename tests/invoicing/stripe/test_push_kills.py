"""A worker that is killed around a call to Stripe: the next one goes on, and nothing is there twice (I-09)."""

from __future__ import annotations

import signal
from functools import partial

import pytest

from invoicing.models import StripeCall
from invoicing.stripe import client
from invoicing.stripe.emptying import push_due
from tests.factories import NOW, later
from tests.forks import die, fork, together
from tests.invoicing.stripe.pushing import document, once, push, sim

__all__ = ["sim"]

pytestmark = [pytest.mark.serial, pytest.mark.django_db(transaction=True)]

CHANGES = ("create_customer", "create_invoice", "add_lines", "finalise_invoice", "send_invoice")


def push_and_die(name, at, *, answered):
    """Empty the outbox in a process that ends at one call: before it, or when Stripe has answered."""
    real = getattr(client, name)

    def fatal(*arguments):
        if answered:
            real(*arguments)
        die()

    setattr(client, name, fatal)
    list(push_due(at=at))


def killed(name, at, *, answered):
    child = fork(push_and_die, name, at, answered=answered)
    child.join(20)
    assert child.exitcode == -signal.SIGKILL


def test_I_09_a_worker_killed_before_or_after_any_call_is_followed_by_one_that_goes_on(sim):
    made = document(10000, 33, discount="10")
    hours = 0
    for name in CHANGES:
        for answered in (False, True):
            killed(name, later(hours=hours), answered=answered)
            hours += 1
    push(later(hours=hours))

    once(sim, made)
    assert set(StripeCall.objects.filter(status="done").values_list("attempts", flat=True)) == {3}


@pytest.mark.full
def test_I_09_workers_killed_60_times_at_each_call_leave_one_object_of_each_document(sim):
    made = []
    for n in range(60):
        for name in CHANGES:
            made.append(document(10000))
            killed(name, NOW, answered=bool(n % 2))
            push(later(minutes=5))
    for one in made:
        once(sim, one)


def test_four_workers_at_one_outbox_make_each_step_once(sim):
    made = [document(1000) for _ in range(3)]

    assert together([partial(push, NOW)] * 4) == [0] * 4
    push(later(minutes=5))

    for one in made:
        once(sim, one)
    assert set(StripeCall.objects.filter(status="done").values_list("attempts", flat=True)) == {1}
