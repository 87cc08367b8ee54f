"""A line's explanation in plain words: what went in as a table, each step as a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from accounts.desk.hours import hours_text
from invoicing.display import decimal_text, money
from rating.money import exponent

Stored: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """An explanation as people read it. `entries` are rows under `heads`; `sentences` follow one another."""

    rule: str
    sentences: tuple[str, ...]
    heads: tuple[str, ...] = ()
    entries: tuple[tuple[str, ...], ...] = ()


def in_words(explanation: Stored) -> Words:
    """The explanation of a line, planned or stored. A rule that has no words of its own is shown as it is kept."""
    explain = EXPLAINERS.get(str(explanation.get("rule")), _as_kept)
    return explain(explanation)


def price(amount: Decimal, currency: str) -> str:
    """A unit price in major units, with all the places it needs and at least those of the currency."""
    places = max(exponent(currency), len(decimal_text(amount).partition(".")[2]))
    return f"{amount:,.{places}f} {currency}"


def _time(kept: Stored) -> Words:
    inputs = kept["inputs"]
    entries = inputs["time_entries"]
    some_covered = any(entry["covered_seconds"] for entry in entries)
    heads = ("Time entry", "Day", "Worked", *(("Paid by allowance",) if some_covered else ()), "Rate per hour", "From")
    rows = tuple(
        (
            entry["time_entry"],
            entry["worked_on"],
            hours_text(entry["seconds"]),
            *((hours_text(entry["covered_seconds"]),) if some_covered else ()),
            price(Decimal(entry["hourly_rate"]), inputs["currency"]),
            entry["rate_source"],
        )
        for entry in entries
    )
    rounding = inputs["rounding"]
    steps = (
        sentence
        for step in kept["steps"]
        for sentence in (_rounding(step, rounding) if step["step"] == "rounding" else (_amount(step, inputs, "h"),))
    )
    return Words("Time worked", tuple(steps), heads, rows)


def _rounding(step: Stored, rounding: Stored) -> Iterable[str]:
    worked, raised, billed = (step[name] for name in ("worked_seconds", "after_minimum_seconds", "billed_seconds"))
    of = {"ticket": "The whole ticket", "day": f"On {step['of']}", "entry": f"Entry {step['of']}"}[rounding["level"]]
    said = [f"{of}: {hours_text(worked)} to price"]
    if raised != worked:
        said.append(f"raised to the minimum of {hours_text(raised)}")
    if rounding["direction"] == "none":
        said.append("not rounded")
    else:
        how = f"{rounding['direction']} to steps of {rounding['increment_seconds'] // 60} min"
        said.append(f"rounded {how}: {hours_text(billed)}")
    yield ", ".join(said) + "."
    if step["on_this_line_seconds"] != billed:
        yield f"Of this, {hours_text(step['on_this_line_seconds'])} at the rate of this line."


def _amount(step: Stored, inputs: Stored, unit: str = "") -> str:
    """Quantity x price = amount; time that hours do not say exactly stands in seconds."""
    currency = inputs["currency"]
    quantity, unit_price = Decimal(step["quantity"]), Decimal(step["unit_price"])
    result = money(step["amount_cents"], currency)
    if step["price_per"] != 1:
        return f"{hours_text(int(quantity))} × {price(unit_price, currency)} per hour = {result}."
    return f"{decimal_text(quantity)}{unit and ' ' + unit} × {price(unit_price, currency)} = {result}."


def _fee(kept: Stored) -> Words:
    inputs = kept["inputs"]
    sentences = [f"Fee per ticket as agreed in the {inputs['fee_source']}."]
    if inputs["time_entries"]:
        sentences.append(f"It pays for the time of {', '.join(inputs['time_entries'])}.")
    return Words("Fee per ticket", (*sentences, *(_amount(step, inputs) for step in kept["steps"])))


def _expense(kept: Stored) -> Words:
    inputs = kept["inputs"]
    sentences = (f"Expense {inputs['expense']} of {inputs['incurred_on']}.",)
    return Words("Expense", (*sentences, *(_amount(step, inputs) for step in kept["steps"])))


def _as_kept(kept: Stored) -> Words:
    named = {**kept.get("inputs", {}), **{f"step {n}": step for n, step in enumerate(kept.get("steps", ()), 1)}}
    return Words(str(kept.get("rule", "")), tuple(f"{name}: {value}" for name, value in named.items()))


EXPLAINERS: dict[str, Callable[[Stored], Words]] = {"time": _time, "ticket_fee": _fee, "expense": _expense}
