"""The step before a month is planned or run: who it is about, what will happen, and one button that starts a job."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast
from uuid import uuid4

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import config
from accounts.desk.asking import Question, ask, is_confirmed, signed_in
from accounts.desk.keys import keys_in
from accounts.desk.pages import Page
from gateway_billing.admin.standing import GOING_ON, Standing, standings
from gateway_billing.models import MonthRun
from gateway_billing.month_jobs import NEEDS, start
from gateway_billing.months import DRAFT, ISSUE, SEND
from invoicing.admin.job import page_of_job
from rating.period import BillingPeriod

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

PLAN: Final = "plan"
AGAIN: Final = "again"
SHOWN = 100
_NONCE = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Verb:
    """What can be done with a month, and what a person needs for it. `action` is "" for a dry run."""

    label: _StrOrPromise
    action: str
    permissions: tuple[str, ...]


VERBS: Final = {
    PLAN: Verb(gettext_lazy("Dry run"), "", NEEDS[""]),
    DRAFT: Verb(gettext_lazy("Run"), DRAFT, NEEDS[DRAFT]),
    ISSUE: Verb(gettext_lazy("Run and issue"), ISSUE, NEEDS[ISSUE]),
    SEND: Verb(gettext_lazy("Run, issue and send"), SEND, NEEDS[SEND]),
}


def may(request: HttpRequest, verb: Verb) -> bool:
    """Whether the person may do it."""
    return all(request.user.has_perm(permission) for permission in verb.permissions)


def buttons(request: HttpRequest, found: Sequence[Standing]) -> list[tuple[str, _StrOrPromise]]:
    """The names and labels of what the person may do; as long as no month is over, that is the dry run."""
    over = any(one.state != GOING_ON for one in found)
    return [(name, verb.label) for name, verb in VERBS.items() if may(request, verb) and (over or name == PLAN)]


def verb_of(request: HttpRequest) -> tuple[str, list[int]]:
    """The name of the verb that was asked for, and the partner where it is "again:7": then as automation does it."""
    name, _colon, partner = request.POST.get("action", "").partition(":")
    if name == AGAIN and (chosen := keys_in([partner])):
        return config.billing().gateway_month_action, chosen
    return name, []


def run_or_ask(
    request: HttpRequest, period: BillingPeriod, name: str, *, chosen: Sequence[int], back: str
) -> HttpResponse:
    """Ask; once confirmed, start the job and lead to its page. No `chosen` partner stands for all of the month."""
    verb = VERBS.get(name)
    if verb is None or not may(request, verb):
        raise PermissionDenied
    now = timezone.now()
    if is_confirmed(request):
        sent = request.POST.get("nonce", "")
        nonce = sent if _NONCE.fullmatch(sent) else uuid4().hex
        partners = list(chosen) or None
        return page_of_job(start(period.label(), partners, verb.action, nonce=nonce, by=signed_in(request), at=now))
    found = standings(period, at=now, only=chosen or None)
    touched = [one for one in found if one.runnable or not verb.action]
    context = {
        "rows": touched[:SHOWN],
        "more": max(0, len(touched) - SHOWN),
        "left": len(found) - len(touched),
        "verb": verb,
        "first_day": period.first_day,
        "nonce": uuid4().hex,
        "asked": request.POST.get("action", ""),
    }
    title = _title(verb, len(touched), period)
    button = str(verb.label) if touched else ""
    page = cast(Page, admin.site.get_model_admin(MonthRun))
    question = Question(title, button, "gateway_billing/admin/ask_run.html", context, back=back)
    return ask(page, request, question, chosen=chosen)


def _title(verb: Verb, partners: int, period: BillingPeriod) -> str:
    told = {"month": period.label(), "number": partners, "verb": verb.label}
    if partners == 1:
        return _("%(verb)s: %(month)s of one partner?") % told
    return _("%(verb)s: %(month)s of %(number)d partners?") % told
