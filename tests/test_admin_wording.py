"""Reasons and explanations are read by people: each has words, and the words say the sums."""

from __future__ import annotations

from decimal import Decimal

import pytest

from invoicing.admin.lines import label_of, page_of, price_text, quantity_of, references
from invoicing.explaining import in_words
from rating import outcome
from tickets import plan
from tickets.reasons import SENTENCES, sentence

ROUNDING = {
    "level": "ticket", "increment_seconds": 900, "direction": "up", "minimum_seconds": 900, "below_minimum": "raise",
}  # fmt: skip
STEP = {
    "step": "rounding", "of": "ticket", "worked_seconds": 3600, "after_minimum_seconds": 3600, "billed_seconds": 3600,
    "on_this_line_seconds": 3600,
}  # fmt: skip
AMOUNT = {"step": "amount", "quantity": "1", "unit_price": "90", "price_per": 1, "amount_cents": 9000}
ENTRY = {
    "time_entry": "e1", "worked_on": "2026-01-15", "seconds": 3600, "covered_seconds": 0, "hourly_rate": "90.0000",
    "rate_source": "contract c1",
}  # fmt: skip
INPUTS = {"hourly_rate": "90", "currency": "EUR", "rounding": ROUNDING, "time_entries": [ENTRY]}

REASONS = {
    value
    for module in (outcome, plan)
    for name, value in vars(module).items()
    if name.isupper() and isinstance(value, str) and value not in ("charge", "covered", "hold", "skip")
}


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_of_billing_has_a_sentence(reason):
    assert SENTENCES[reason].endswith(".")


def test_a_reason_of_tomorrow_is_shown_as_it_is_stored():
    assert sentence("eaten_by_the_dog") == "eaten by the dog"


def test_a_line_is_explained_in_the_words_of_its_rule():
    assert in_words({"rule": "time", "version": 1, "inputs": INPUTS, "steps": [STEP, AMOUNT]}) == (
        "Time entry e1 of 15 January 2026: 1.00 h at 90.00 EUR an hour (contract c1).",
        "The whole ticket: 1.00 h to price, rounded up to steps of 15 min: 1.00 h.",
        "1.00 h × 90.00 EUR an hour = 90.00 EUR.",
    )


@pytest.mark.parametrize("inputs", [{"currency": "EUR", "phase": "full"}, {"phase": "full"}])
def test_a_rule_without_words_of_its_own_is_shown_as_it_is_kept(inputs):
    words = in_words({"rule": "moonlight", "version": 3, "inputs": inputs, "steps": [{"amount_cents": 1}]})

    assert words[0] == "rule: moonlight"
    assert words[-2:] == ("phase: full", "step 1: {'amount_cents': 1}")


@pytest.mark.parametrize("kept", [{}, {"rule": "time", "inputs": None, "steps": None}])
def test_an_explanation_in_ruins_breaks_no_page(kept):
    assert in_words(kept) == (f"rule: {kept.get('rule', '')}",)


@pytest.mark.parametrize(
    ("unit_price", "per", "currency", "shown"),
    [("90", 1, "EUR", "90.00 EUR"), ("0.1234", 1, "EUR", "0.1234 EUR"), ("92", 3600, "EUR", "92.00 EUR / 3600"),
     ("1200", 1, "JPY", "1,200 JPY")],
)  # fmt: skip
def test_a_price_shows_all_its_places(unit_price, per, currency, shown):
    assert price_text(Decimal(unit_price), per, currency) == shown


def test_a_unit_that_no_app_knows_any_more_is_shown_by_its_bare_name():
    assert label_of("moon_rock") == "moon rock"
    assert references([("moon_rock", 7)]) == {("moon_rock", 7): "7"}
    assert page_of("moon_rock", 7) == ""
    assert quantity_of("moon_rock", Decimal("2.500000")) == "2.5"


def test_worked_seconds_are_shown_in_hours():
    assert quantity_of("time_entry", Decimal(5400)) == "1.50 h"
