"""Whatever happens, in whatever order: after every step all promises of billing hold (P1 to P5).

The histories of the quick tier are the same each time. To see one again that failed in the full tier, put its number
into the quick one.
"""

from __future__ import annotations

from random import SystemRandom

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.scenarios.machine.rules import machine

# Each history is a transaction that is rolled back; so what ends it must not be the test's own.
pytestmark = pytest.mark.django_db(transaction=True)

usual = settings(
    database=None, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False,
    phases=[Phase.generate, Phase.shrink],
)  # fmt: skip
QUICK = settings(usual, max_examples=25, stateful_step_count=30, derandomize=True)
FULL = settings(usual, max_examples=500, stateful_step_count=50)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_all_promises_hold_after_every_step_of_a_hundred_histories(number):
    run_state_machine_as_test(machine(number), settings=QUICK)


@pytest.mark.full
@pytest.mark.parametrize("part", [1, 2, 3, 4])
def test_all_promises_hold_after_every_step_of_two_thousand_histories(part):
    number = SystemRandom().randrange(10**9)
    print(f"histories of number {number}")  # noqa: T201 - shown where it fails, to see them again
    run_state_machine_as_test(machine(number), settings=FULL)
