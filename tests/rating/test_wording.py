"""Every explanation is told in words that a client's bookkeeper understands, in every language."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating import numerals, wording
from rating.phrases import PHRASES
from rating.recompute import RULES, UnknownRule
from rating.recurring import due_periods, recurring_charge
from rating.single_charge import Single, single_charge
from rating.terms import TIMES_OF_DAY, Rate, Rounding
from rating.wording import sentences
from tests.rating.make import EXACT, card, entry, expense, fee, hours, rated, started, terms, work
from tests.rating.test_laws import BALANCES, TERMS, WORKS
from tests.rating.test_recurring import LATER, seats

SINGLE = Single(3, "k3", date(2026, 1, 15), "Onboarding", Decimal("1.5"), Decimal("75.00"), "EUR")
LANGUAGE = st.sampled_from(numerals.LANGUAGES)


def told(line, language="en", currency="EUR"):
    explanation = json.loads(json.dumps(line.explanation.as_dict()))
    return sentences(explanation, language=language, currency=currency, amount_cents=line.amount_cents)


def first_line(of, agreed=None):
    return rated(of, agreed or terms("90", ladder=(Rate("contract", Decimal(90), "contract c1"),))).charges[0]


def test_P5_time_says_entries_rates_minimum_rounding_and_the_product():
    line = first_line(hours("0.05", "0.05"))

    assert told(line) == [
        "Time entry e1 of 15 January 2026: 0.05 h at 90.00 EUR an hour (contract c1).",
        "Time entry e2 of 15 January 2026: 0.05 h at 90.00 EUR an hour (contract c1).",
        "The whole ticket: 0.10 h to price, raised to the minimum of 0.25 h, rounded up to steps of 15 min: 0.25 h.",
        "0.25 h × 90.00 EUR an hour = 22.50 EUR.",
    ]
    assert told(line, "de") == [
        "Zeiteintrag e1 vom 15.01.2026: 0,05 h zu 90,00 EUR je Stunde (Vertrag c1).",
        "Zeiteintrag e2 vom 15.01.2026: 0,05 h zu 90,00 EUR je Stunde (Vertrag c1).",
        (
            "Das ganze Ticket: 0,10 h zu berechnen, angehoben auf das Minimum von 0,25 h, "
            "aufgerundet auf Schritte von 15 min: 0,25 h."
        ),
        "0,25 h × 90,00 EUR je Stunde = 22,50 EUR.",
    ]


def test_P5_time_that_an_allowance_paid_in_part_says_what_is_left():
    line = first_line(work(replace(entry("3"), covered_seconds=5400)))

    assert told(line)[0] == (
        "Time entry e1 of 15 January 2026: 3.00 h, of which 1.50 h are paid by the allowance; 1.50 h are left at "
        "90.00 EUR an hour (contract c1)."
    )
    assert told(line, "de")[0] == (
        "Zeiteintrag e1 vom 15.01.2026: 3,00 h, davon 1,50 h durch das Kontingent gedeckt; es bleiben 1,50 h zu "
        "90,00 EUR je Stunde (Vertrag c1)."
    )


def test_P5_time_at_two_rates_says_what_belongs_to_which_line():
    dear, cheap = rated(work(entry("0.10", 1, hourly="100"), entry("0.10", 2, hourly="50"))).charges

    assert told(dear)[1:4] == [
        (
            "Time entry e2 of 15 January 2026: 0.10 h at 50.00 EUR an hour (set for this entry). "
            "It has a rate of its own: on this line it counts for the rounding alone."
        ),
        "The whole ticket: 0.20 h to price, raised to the minimum of 0.25 h, rounded up to steps of 15 min: 0.25 h.",
        "Of this, 0.15 h belong to the rate of this line.",
    ]
    assert told(cheap)[-2:] == [
        "Of this, 0.10 h belong to the rate of this line.",
        "0.10 h × 50.00 EUR an hour = 5.00 EUR.",
    ]


@pytest.mark.parametrize(
    ("rounding", "said"),
    [
        (Rounding("day"), "All of 15 January 2026: 0.40 h to price, rounded up to steps of 15 min: 0.50 h."),
        (Rounding("entry"), "Time entry e1: 0.40 h to price, rounded up to steps of 15 min: 0.50 h."),
        (EXACT, "The whole ticket: 0.40 h to price, not rounded."),
        (
            Rounding(direction="nearest"),
            "The whole ticket: 0.40 h to price, rounded to the nearest step of 15 min: 0.50 h.",
        ),
        (Rounding(direction="down"), "The whole ticket: 0.40 h to price, rounded down to steps of 15 min: 0.25 h."),
        (
            Rounding(increment_seconds=90, minimum_seconds=0),
            "The whole ticket: 0.40 h to price, rounded up to steps of 90 s: 0.40 h.",
        ),
    ],
)
def test_P5_the_rounding_of_the_contract_is_told(rounding, said):
    assert said in told(first_line(hours("0.40"), terms("90", rounding=rounding)))


def test_P5_time_that_hours_do_not_say_exactly_is_shown_in_minutes():
    line = first_line(hours("0:20"), terms("120", rounding=EXACT))

    assert told(line)[-1] == "0:20 h × 120.00 EUR an hour = 40.00 EUR."


@pytest.mark.parametrize(
    ("rate", "english", "german"),
    [
        (Rate("override", Decimal(90), "override"), "set by a person for this ticket",
         "für dieses Ticket von einer Person festgelegt"),
        (Rate("entry", Decimal(90), "entry"), "set for this entry", "für diesen Zeiteintrag festgelegt"),
        (Rate("assignment", Decimal(90), "assignment a1"), "assignment a1", "Zuordnung a1"),
        (Rate("contract", Decimal(90), "contract c 1"), "contract c 1", "Vertrag c 1"),
        (Rate("client", Decimal(90), "client acme"), "the client's rate", "Satz des Kunden"),
        (Rate("setting", Decimal(90), "setting BILLING_DEFAULT_HOURLY_RATE"), "our usual rate", "unser üblicher Satz"),
        (Rate("setting", Decimal(90), "partner p1"), "partner p1", "partner p1"),
    ],
)  # fmt: skip
def test_T_05_every_rate_says_where_it_came_from(rate, english, german):
    line = first_line(hours("1"), terms("90", ladder=(rate,)))

    assert told(line)[0].endswith(f"({english}).")
    assert told(line, "de")[0].endswith(f"({german}).")


def test_T_05_a_rate_of_the_card_names_its_row():
    line = first_line(hours("1"), terms("90", card=(card("r1", hourly_rate="120"),)))

    assert told(line)[0].endswith("at 120.00 EUR an hour (rate card r1).")


def test_T_05_a_multiplied_rate_says_what_was_multiplied():
    rows = (card("r1", time_of_day="weekend", multiplier="1.5"), card("r2", work_type="cabling", multiplier="2"))
    agreed = terms("90", card=rows, ladder=(Rate("contract", Decimal(90), "contract c1"),))

    line = first_line(work(started("2026-01-17T10:00+01:00", work_type="cabling")), agreed)

    assert told(line)[0] == (
        "Time entry e1 of 17 January 2026: 1.00 h at 270.00 EUR an hour "
        "(90.00 EUR (contract c1) × 1.5 (rate card r1) × 2 (rate card r2))."
    )
    assert told(line, "de")[0].endswith("(90,00 EUR (Vertrag c1) × 1,5 (Preisliste r1) × 2 (Preisliste r2)).")


def test_T_10_a_fee_says_where_it_was_agreed_and_what_it_pays_for():
    alone, with_time = (
        first_line(of, terms("90", strategy="per_ticket"))
        for of in (work(fee=fee("50")), work(entry("1"), entry("2", 2), fee=fee("1234.50", "assignment")))
    )

    assert told(alone) == ["Fee per ticket as agreed in the contract.", "1 × 50.00 EUR = 50.00 EUR."]
    assert told(with_time, "de") == [
        "Pauschale je Ticket, wie für den Ansprechpartner vereinbart.",
        "Sie deckt die Zeiteinträge e1, e2.",
        "1 × 1.234,50 EUR = 1.234,50 EUR.",
    ]


def test_T_25_an_expense_says_its_day_and_its_product():
    line = rated(work(entry("1"), expenses=(expense("79.90", "1.5"),))).charges[1]

    assert told(line) == ["Expense x1 of 15 January 2026.", "1.5 × 79.90 EUR = 119.85 EUR."]
    assert told(line, "de") == ["Auslage x1 vom 15.01.2026.", "1,5 × 79,90 EUR = 119,85 EUR."]


def test_T_26_a_single_charge_says_its_day_and_its_product():
    assert told(single_charge(SINGLE)) == ["Single charge k3 of 15 January 2026.", "1.5 × 75.00 EUR = 112.50 EUR."]
    assert told(single_charge(SINGLE), "de")[0] == "Einmalige Leistung k3 vom 15.01.2026."


def recurring(charge):
    return [recurring_charge(charge, period) for period in due_periods(charge, on=LATER)]


def test_T_26_a_recurring_charge_says_its_period_and_its_product():
    line = recurring(seats())[0]

    assert told(line) == [
        "Recurring charge m1 of contract c1, monthly, billed in advance.",
        "For 1 January 2026 to 31 January 2026.",
        "12 × 19.00 EUR = 228.00 EUR.",
    ]


def test_T_26_a_part_of_a_period_says_its_days():
    line = recurring(seats(prorate=True, timing="arrears", interval="quarterly", valid_from=date(2026, 3, 22)))[0]

    assert told(line, "de") == [
        "Wiederkehrende Leistung m1 aus Vertrag c1, vierteljährlich, im Nachhinein berechnet.",
        "Für 22.03.2026 bis 31.03.2026.",
        "Der ganze Zeitraum: 12 × 19,00 EUR = 228,00 EUR.",
        "Von seinen 90 Tagen werden 10 taggenau berechnet: 25,33 EUR.",
    ]


CARDS = st.lists(
    st.builds(
        lambda number, work_type, when, multiplier: card(
            f"r {number} x 2 on", work_type=work_type, time_of_day=when, multiplier=str(multiplier)
        ),
        st.integers(1, 9), st.sampled_from(["", "cabling"]), st.sampled_from(["", *TIMES_OF_DAY]),
        st.decimals(0, 3, places=4),
    ),
    max_size=3,
)  # fmt: skip


UNDER = st.builds(
    lambda agreed, rows, currency: replace(agreed, card=tuple(rows), currency=currency),
    TERMS, CARDS, st.sampled_from(["EUR", "JPY", "KWD"]),
)  # fmt: skip
CHARGES = st.builds(
    seats,
    interval=st.sampled_from(["monthly", "quarterly", "yearly"]),
    timing=st.sampled_from(["advance", "arrears"]),
    prorate=st.booleans(),
    valid_from=st.dates(date(2025, 1, 1), date(2026, 12, 31)),
    unit_price=st.decimals(0, 500, places=4),
)


@given(WORKS, UNDER, BALANCES, LANGUAGE)
def test_P5_every_line_of_a_ticket_is_told_in_every_language(of, agreed, left, language):
    for line in rated(of, agreed, left).charges:
        said = told(line, language, agreed.currency)

        assert said[-1].endswith(f"= {numerals.money(line.amount_cents, agreed.currency, language)}.")
        assert all(sentence.endswith(".") for sentence in said)


@given(CHARGES, LANGUAGE)
def test_P5_every_recurring_line_is_told_in_every_language(charge, language):
    for line in recurring(charge):
        said = told(line, language)

        assert said[-1].endswith(f" {numerals.money(line.amount_cents, 'EUR', language)}.")


def test_P5_every_rule_that_can_be_computed_again_has_words():
    assert set(wording.RULES) == {rule for rule, _ in RULES}


def fields(phrase):
    return sorted({field for _, field, _, _ in string.Formatter().parse(phrase) if field})


@pytest.mark.parametrize("language", numerals.LANGUAGES)
def test_every_language_has_every_phrase_with_the_same_places_to_fill(language):
    english = {name: fields(phrase) for name, phrase in PHRASES["en"].items()}

    assert {name: fields(phrase) for name, phrase in PHRASES[language].items()} == english


def test_an_unknown_rule_has_no_words():
    with pytest.raises(UnknownRule, match="'guess' has no words"):
        sentences({"rule": "guess"}, language="en", currency="EUR", amount_cents=1)


def test_an_unknown_language_has_no_words():
    with pytest.raises(ValueError, match="no words in the language 'fr'"):
        sentences({"rule": "expense"}, language="fr", currency="EUR", amount_cents=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kept", [{"inputs": {}, "steps": []}, {"inputs": None, "steps": []}, {}, {"inputs": {"expense": "x1"}, "steps": []},
             {"inputs": {"expense": "x1", "incurred_on": "2026-01-15"}, "steps": []},
             {"inputs": {"expense": "x1", "incurred_on": 15}, "steps": []}]
)  # fmt: skip
def test_an_explanation_that_lacks_something_cannot_be_told(kept):
    with pytest.raises(ValueError, match="by rule expense cannot be told"):
        sentences({"rule": "expense"} | kept, language="en", currency="EUR", amount_cents=1)
