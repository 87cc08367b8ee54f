"""The gateway's explanations as sentences: one function for each rule, called by `rating.wording`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rating import numerals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rating.wording import Speech, Stored


def _month(speech: Speech, label: str) -> str:
    return numerals.month(label, speech.language)


def _minutes(speech: Speech, seconds: int) -> str:
    return numerals.minutes(seconds, speech.language)


def calls(speech: Speech, inputs: Stored, steps: list[Stored]) -> Iterator[str]:
    """G-04: the calls and their metering, what was billed or included before, the minutes that are left, a discount."""
    yield speech.say(
        "calls",
        calls=speech.number(inputs["calls"]),
        month=_month(speech, inputs["month"]),
        talked=_minutes(speech, inputs["talked_seconds"]),
        metered=_minutes(speech, inputs["metered_seconds"]),
        how=_metering(speech, inputs["metering"]),
    )
    if inputs["late"]:
        yield speech.say("late")
    if inputs["before_seconds"]:
        yield speech.say("calls_before", time=_minutes(speech, inputs["before_seconds"]))
    billable = _minutes(speech, steps[0]["billable_seconds"])
    if inputs["unlimited"]:
        yield speech.say("calls_unlimited")
    elif inputs["included_seconds"] is not None:
        yield speech.say("calls_included", time=_minutes(speech, inputs["included_seconds"]), left=billable)
    discount = steps[1] if len(steps) > 2 else None  # noqa: PLR2004 - between the allowance and the last product
    yield speech.say(
        "per_minute",
        time=billable,
        price=speech.price(inputs["rate"]),
        origin=speech.say(f"rate_{inputs['rate_source']}"),
        amount=speech.money(discount["usage_cents"] if discount else speech.amount_cents),
    )
    if discount:
        percent, off = speech.number(inputs["discount_percent"]), speech.money(discount["off_cents"])
        yield speech.say("usage_discount", percent=percent, off=off, amount=speech.money(speech.amount_cents))


def _metering(speech: Speech, text: str) -> str:
    first, slash, following = text.partition("/")
    return speech.say("metered_in_steps", first=first, next=following) if slash else speech.say(f"metered_{text}")


def cases(speech: Speech, inputs: Stored, steps: list[Stored]) -> Iterator[str]:
    """G-11: how many cases of one price were sent in which month."""
    yield speech.say("cases", month=_month(speech, inputs["month"]))
    if inputs["late"]:
        yield speech.say("late")
    yield speech.product(steps[-1])


def flat(speech: Speech, inputs: Stored, steps: list[Stored]) -> Iterator[str]:
    """G-12: which configuration is flat, and whether its price is the usual one."""
    phrase = "flat_usual" if inputs["default_price"] else "flat"
    yield speech.say(phrase, name=inputs["output_configuration"], month=_month(speech, inputs["month"]))
    yield speech.product(steps[-1])


def service(speech: Speech, inputs: Stored, steps: list[Stored]) -> Iterator[str]:
    """G-07: the price, its discount, the days it is for, and what part of them is charged."""
    interval = speech.say(inputs["interval"])
    yield speech.say("service", name=inputs["service"], price=inputs["service_price"], interval=interval)
    first, last = speech.day(inputs["charged_first_day"]), speech.day(inputs["charged_last_day"])
    yield speech.say("period", first=first, last=last)
    told: Mapping[str, Any] = {step["step"]: step for step in steps}
    each = inputs["unit_price"]
    if "discount" in told:
        net, percent = told["discount"]["net_unit_price"], speech.number(inputs["discount_percent"])
        yield speech.say("price_discount", price=speech.price(each), percent=percent, net=speech.price(net))
        each = net
    if "proration" not in told:
        yield speech.product(steps[-1])
        return
    part = told["proration"]
    whole, quantity = speech.money(part["whole_period_cents"]), speech.number(inputs["quantity"])
    yield speech.say("whole_period", quantity=quantity, price=speech.price(each), amount=whole)
    amount = speech.money(speech.amount_cents)
    yield speech.say("proration", days=part["days"], all=part["days_of_period"], amount=amount)


def change(speech: Speech, inputs: Stored, steps: list[Stored]) -> Iterator[str]:
    """G-08: the change and its day, and the month of a recurring one."""
    name, day = inputs["service_change"], speech.day(inputs["service_date"])
    if inputs["month"]:
        yield speech.say("change_recurring", name=name, day=day, month=_month(speech, inputs["month"]))
    else:
        yield speech.say("change", name=name, day=day)
    yield speech.product(steps[-1])


def setup(speech: Speech, inputs: Stored, steps: list[Stored]) -> Iterator[str]:
    """G-09: the fee that a company pays once."""
    yield speech.say("setup", name=inputs["company"])
    yield speech.product(steps[-1])
