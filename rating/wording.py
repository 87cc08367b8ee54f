"""A line's explanation as plain sentences, for the people who check an invoice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from rating import by_hand, correction, expenses, numerals, recurring, single_charge
from rating.gateway import calls, cases, changes, services, setup, telling
from rating.hours import HOUR
from rating.numerals import MINUTE, Language
from rating.phrases import PHRASES
from rating.recompute import UnknownRule
from rating.strategies import per_ticket, time_based

Stored: TypeAlias = Mapping[str, Any]


def sentences(explanation: Stored, *, language: Language, currency: str, amount_cents: int) -> list[str]:
    """What went in, each step, and last the multiplication that makes the line's amount in minor units.

    `explanation` is that of `Explanation.as_dict()` or what JSON made of it. Raises UnknownRule for a rule without
    words, ValueError for a language that there is not and for an explanation that lacks something.
    """
    if language not in PHRASES:
        raise ValueError(f"There are no words in the language {language!r}.")
    rule = RULES.get(str(explanation.get("rule")))
    if rule is None:
        raise UnknownRule(f"Rule {explanation.get('rule')!r} has no words.")
    try:
        return list(rule(Speech(language, currency, amount_cents), explanation["inputs"], explanation["steps"]))
    except (LookupError, TypeError, AttributeError, ArithmeticError) as problem:
        raise ValueError(f"The explanation by rule {explanation['rule']} cannot be told: {problem!r}.") from problem


@dataclass(frozen=True, slots=True)
class Speech:
    """One language, and the currency and amount of the line that is spoken of."""

    language: Language
    currency: str
    amount_cents: int

    def say(self, phrase: str, **parts: object) -> str:
        """The phrase of that name with its parts filled in. Raises KeyError where there is none."""
        return PHRASES[self.language][phrase].format(**parts)

    def number(self, text: str) -> str:
        """A stored decimal."""
        return numerals.number(Decimal(text), self.language)

    def price(self, text: str) -> str:
        """A stored price in major units."""
        return numerals.price(Decimal(text), self.currency, self.language)

    def money(self, cents: int) -> str:
        """An amount in minor units."""
        return numerals.money(cents, self.currency, self.language)

    def time(self, seconds: int) -> str:
        """Worked time."""
        return numerals.duration(seconds, self.language)

    def day(self, iso: str) -> str:
        """A stored day."""
        return numerals.day(iso, self.language)

    def product(self, step: Stored) -> str:
        """The step that multiplies, with the amount of the line."""
        quantity, price = self.number(step["quantity"]), self.price(step["unit_price"])
        return self.say("product", quantity=quantity, price=price, amount=self.money(self.amount_cents))


def _time(speech: Speech, inputs: Stored, steps: list[Stored]) -> Iterator[str]:
    for entry in inputs["time_entries"]:
        yield _entry(speech, entry, at_this_rate=Decimal(entry["hourly_rate"]) == Decimal(inputs["hourly_rate"]))
    *rounded, product = steps
    for step in rounded:
        yield from _rounding(speech, step, inputs["rounding"])
    # Hours where the line shows hours, else seconds at the price of 3600 of them.
    seconds = Decimal(product["quantity"]) * (HOUR // product["price_per"])
    yield speech.say(
        "per_hour",
        quantity=speech.time(int(seconds)),
        price=speech.price(product["unit_price"]),
        amount=speech.money(speech.amount_cents),
    )


def _entry(speech: Speech, entry: Stored, *, at_this_rate: bool) -> str:
    worked, covered = entry["seconds"], entry["covered_seconds"]
    said = speech.say(
        "entry_covered" if covered else "entry",
        name=entry["time_entry"],
        day=speech.day(entry["worked_on"]),
        worked=speech.time(worked),
        covered=speech.time(covered),
        time=speech.time(worked - covered),
        rate=speech.price(entry["hourly_rate"]),
        origin=_origin(speech, entry),
    )
    return said if at_this_rate else f"{said} {speech.say('entry_elsewhere')}"


def _origin(speech: Speech, entry: Stored) -> str:
    """Where a rate came from. A multiplied one was stored as "card r2 x 2 on card r1 x 1.5 on contract c1"."""
    if "base_rate" not in entry:
        return _named_origin(speech, entry["rate_source"])
    rest, factors = entry["rate_source"], []
    for factor in entry["multipliers"]:
        card, _, rest = rest.partition(f" x {factor} on ")
        factors.append(speech.say("multiplier", factor=speech.number(factor), origin=_named_origin(speech, card)))
    base = speech.say("multiplied", price=speech.price(entry["base_rate"]), origin=_named_origin(speech, rest))
    return " ".join((base, *reversed(factors)))


def _named_origin(speech: Speech, label: str) -> str:
    """A label begins with its kind; one of an unknown kind is told as it was stored."""
    kind, _, name = label.partition(" ")
    if f"origin_{kind}" not in PHRASES[speech.language]:
        return label
    return speech.say(f"origin_{kind}", name=name).rstrip()


def _rounding(speech: Speech, step: Stored, rounding: Stored) -> Iterator[str]:
    """Minimum, then increment; and what of the result belongs to the line, where it is not all of it."""
    worked, raised, billed = (step[name] for name in ("worked_seconds", "after_minimum_seconds", "billed_seconds"))
    told = [speech.say("to_price", time=speech.time(worked))]
    if raised != worked:
        told.append(speech.say("raised", time=speech.time(raised)))
    how = f"rounded_{rounding['direction']}"
    told.append(speech.say(how, step=_step(speech, rounding["increment_seconds"]), time=speech.time(billed)))
    yield speech.say("rounded_together", what=_what(speech, step["of"], rounding["level"]), steps=", ".join(told))
    if step["on_this_line_seconds"] != billed:
        yield speech.say("of_this_line", time=speech.time(step["on_this_line_seconds"]))


def _what(speech: Speech, of: str, level: str) -> str:
    return speech.say(f"of_{level}", name=of, day=speech.day(of) if level == "day" else "")


def _step(speech: Speech, seconds: int) -> str:
    minutes, rest = divmod(seconds, MINUTE)
    return speech.say("seconds", count=seconds) if rest else speech.say("minutes", count=minutes)


def _fee(speech: Speech, inputs: Stored, steps: list[Stored]) -> Iterator[str]:
    yield speech.say(f"fee_{inputs['fee_source']}")
    if inputs["time_entries"]:
        yield speech.say("fee_pays", names=", ".join(inputs["time_entries"]))
    yield speech.product(steps[-1])


def _expense(speech: Speech, inputs: Stored, steps: list[Stored]) -> Iterator[str]:
    yield speech.say("expense", name=inputs["expense"], day=speech.day(inputs["incurred_on"]))
    yield speech.product(steps[-1])


def _single(speech: Speech, inputs: Stored, steps: list[Stored]) -> Iterator[str]:
    yield speech.say("charge", name=inputs["charge"], day=speech.day(inputs["charged_on"]))
    yield speech.product(steps[-1])


def _by_hand(speech: Speech, inputs: Stored, steps: list[Stored]) -> Iterator[str]:
    yield speech.say("by_hand", day=speech.day(inputs["written_on"]))
    if inputs["adjusts"]:
        yield speech.say("by_hand_adjusts", line=inputs["adjusts"])
    yield speech.product(steps[-1])


def _correction(speech: Speech, inputs: Stored, steps: list[Stored]) -> Iterator[str]:  # noqa: ARG001
    amount = speech.money(speech.amount_cents)
    yield speech.say("correction", position=inputs["position"], document=inputs["document"], amount=amount)


def _recurring(speech: Speech, inputs: Stored, steps: list[Stored]) -> Iterator[str]:
    """A part of a period is told by its days; the line then has no multiplication that says more."""
    interval, timing = speech.say(inputs["interval"]), speech.say(inputs["timing"])
    name, contract = inputs["recurring_charge"], inputs["contract"]
    yield speech.say("recurring", name=name, contract=contract, interval=interval, timing=timing)
    first, last = speech.day(inputs["charged_first_day"]), speech.day(inputs["charged_last_day"])
    yield speech.say("period", first=first, last=last)
    if steps[0]["step"] != "proration":
        yield speech.product(steps[-1])
        return
    part = steps[0]
    whole = speech.money(part["whole_period_cents"])
    quantity, price = speech.number(inputs["quantity"]), speech.price(inputs["unit_price"])
    yield speech.say("whole_period", quantity=quantity, price=price, amount=whole)
    amount = speech.money(speech.amount_cents)
    yield speech.say("proration", days=part["days"], all=part["days_of_period"], amount=amount)


RULES: Final[Mapping[str, Callable[[Speech, Stored, list[Stored]], Iterator[str]]]] = {
    time_based.RULE: _time,
    per_ticket.RULE: _fee,
    expenses.RULE: _expense,
    recurring.RULE: _recurring,
    single_charge.RULE: _single,
    by_hand.RULE: _by_hand,
    correction.RULE: _correction,
    calls.RULE: telling.calls,
    cases.CASE_RULE: telling.cases,
    cases.FLAT_RULE: telling.flat,
    services.RULE: telling.service,
    changes.RULE: telling.change,
    setup.RULE: telling.setup,
}
