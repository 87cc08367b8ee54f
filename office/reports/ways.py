"""What people can do about work that failed: have it tried again, or leave it; each through its own use case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from invoicing import parked
from invoicing.models import Job
from invoicing.stripe.again import try_again
from invoicing.stripe.processing import replay_event
from invoicing.transitions import InvalidTransition
from tickets.overrides import release_ticket, waive_ticket

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

RETRY, DISMISS = "retry", "dismiss"
ADMINISTER: Final = "invoicing.switch_automation"


@dataclass(frozen=True, slots=True)
class Way:
    """One of the two. `do` takes the key, reason, by and at; `note` says what follows."""

    permission: str
    do: Callable[..., object]
    note: _StrOrPromise


def _try_step_again(pk: int, *, reason: str, by: str, at: datetime) -> None:
    if not try_again([pk], reason=reason, by=by, at=at):
        raise InvalidTransition("the step is not parked any more")


_AGAIN = gettext_lazy("It is tried again within a minute.")
WAYS: Final = MappingProxyType({
    ("tickets", RETRY): Way("tickets.release_billing", release_ticket, gettext_lazy(
        "The ticket waits to be billed again: automation or a person bills it.")),
    ("tickets", DISMISS): Way("tickets.waive_billing", waive_ticket, gettext_lazy(
        "Billing of the ticket is given up: it is waived.")),
    ("mails", RETRY): Way("invoicing.send_invoice", parked.try_mail_again, gettext_lazy(
        "It is sent within a minute, to the addresses that the client has now.")),
    ("mails", DISMISS): Way("invoicing.send_invoice", parked.dismiss_mail, gettext_lazy(
        "It is never sent. The document can be sent again from its page.")),
    ("held_back", RETRY): Way("invoicing.send_invoice", _try_step_again, gettext_lazy(
        "It is sent at once where nothing keeps it back any more.")),
    ("held_back", DISMISS): Way("invoicing.send_invoice", parked.dismiss_call, gettext_lazy(
        "It does not go by itself any more. The document can be sent from its page.")),
    ("calls", RETRY): Way("invoicing.send_invoice", _try_step_again, _AGAIN),
    ("calls", DISMISS): Way("invoicing.send_invoice", parked.dismiss_call, gettext_lazy(
        "Neither this step nor what waits behind it for the same document is made.")),
    ("events", RETRY): Way("invoicing.replay_stripeevent", replay_event, _AGAIN),
    ("events", DISMISS): Way("invoicing.replay_stripeevent", parked.dismiss_event, gettext_lazy(
        "What Stripe told has no effect here. Record by hand what should have come of it.")),
    ("jobs", RETRY): Way(ADMINISTER, parked.try_job_again, gettext_lazy(
        "What was done before stays done; the job goes on with the rest.")),
    ("jobs", DISMISS): Way(ADMINISTER, parked.dismiss_job, gettext_lazy("What was done before stays done.")),
})  # fmt: skip


def may(request: HttpRequest, way: Way, row: Any = None) -> bool:
    """Whether the person may do it; a job is also theirs who asked for it."""
    if request.user.has_perm(way.permission):
        return True
    return isinstance(row, Job) and row.queued_by == request.user.get_username()
