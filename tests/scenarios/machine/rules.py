"""All that can happen in the house. Another file with rules is extended by one line here."""

from __future__ import annotations

from hypothesis import seed

from tests.scenarios.machine.agreements import Agreements
from tests.scenarios.machine.correcting import Correcting
from tests.scenarios.machine.decisions import Decisions
from tests.scenarios.machine.documents import Documents
from tests.scenarios.machine.runs import Runs
from tests.scenarios.machine.work import Work
from tests.scenarios.machine.world import World

RULES: tuple[type[World], ...] = (Work, Agreements, Decisions, Runs, Documents, Correcting)


def machine(number: int) -> type[World]:
    """A machine of all rules, whose histories follow from the number."""
    return seed(number)(type("House", RULES, {}))
