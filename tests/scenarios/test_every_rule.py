"""Every rule of ticket billing has tests that carry its number: of facts alone, and from import lines to the export."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
RULES = {f"T_{number:02}" for number in range(1, 27)}
# Switches, messages, enrolment and catching up decide whether and when; what work costs knows nothing of them.
NOT_OF_PRICES = {"T_01", "T_17", "T_18", "T_22"}


def rules_named_in(folder):
    found = (
        re.findall(r"^def test_(T_\d\d)_", path.read_text(), re.MULTILINE) for path in (TESTS / folder).glob("*.py")
    )
    return {rule for rules in found for rule in rules}


def test_every_rule_is_shown_from_import_lines_to_the_export():
    assert RULES - rules_named_in("scenarios") == set()


def test_every_rule_of_prices_is_shown_without_a_database():
    assert RULES - NOT_OF_PRICES - rules_named_in("rating") == set()
