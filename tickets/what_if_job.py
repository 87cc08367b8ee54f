"""The comparison of terms for people: on a page at once, or as a job where there are many tickets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_noop

from contracts.models import Contract
from invoicing.display import money, signed_money
from invoicing.jobs import JobKind, Progress
from tickets.reasons import sentence
from tickets.what_if import Came, Difference, WhatIf, tickets_of_last_month, what_if, with_terms

RESULT: Final = "tickets/admin/what_if_result.html"


def told(contract: Contract, found: WhatIf) -> dict[str, Any]:
    """The result as JSON, amounts as people read them."""
    difference = found.then_cents - found.now_cents
    return {
        "contract": contract.external_id,
        "back": reverse("contract-what-if", args=[contract.pk]),
        "month": found.month,
        "tickets": found.tickets,
        "differing": found.differing,
        "now": money(found.now_cents, found.currency),
        "then": money(found.then_cents, found.currency),
        "difference": signed_money(difference, found.currency),
        "rows": [_row(one, found.currency) for one in found.most],
    }


def _row(one: Difference, currency: str) -> dict[str, str]:
    return {
        "number": one.number,
        "subject": one.subject,
        "url": reverse("admin:tickets_ticket_change", args=[one.ticket]),
        "now": _came(one.now, currency),
        "then": _came(one.then, currency),
        "difference": signed_money(one.cents, currency),
    }


def _came(came: Came, currency: str) -> str:
    return sentence(came.reason) if came.reason else money(came.cents, currency)


def _work(parameters: Mapping[str, object], _by: str, progress: Progress) -> Mapping[str, object]:
    contract = Contract.objects.select_related("client").get(pk=str(parameters["contract"]))
    at, terms = datetime.fromisoformat(str(parameters["at"])), parameters["terms"]
    if not isinstance(terms, dict):
        raise TypeError("the terms of a comparison are an object")
    number = len(tickets_of_last_month(contract, at=at))
    progress.of(number)
    found = what_if(contract, with_terms(contract, terms), at=at)
    progress.step(number)
    return told(contract, found)


WHAT_IF: Final = JobKind("what_if", gettext_noop("What if: last month's tickets by other terms"), _work, RESULT)
