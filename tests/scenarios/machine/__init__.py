"""Random histories of a small house, with the promises of billing checked after every step.

`world.World` is the house: two clients, three contracts, a clock, and what is checked after each step. What can happen
there are rules, grouped by subject in classes without state of their own. `rules.RULES` is their list and the place to
extend: another subject is one more file with one more class (say, `Cancelling` with a rule that cancels an issued
document) and one line there. A rule takes tickets from the bundle `TICKETS`, moves the clock with `self.later()`, says
with `refused` what must be refused, and plans under `reading_only` before it acts, to compare what is done with it.

`promises` holds what must be true after each step: every check of `office.verification`, and queries of its own.
Documents that cancel or credit others are left out there of what is asked for, and so are lines that they took back.
"""

from __future__ import annotations

import pkgutil

import pytest

# So that a broken promise tells what was found, as in a module of tests.
pytest.register_assert_rewrite(*(f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__)))
