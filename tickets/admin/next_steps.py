"""What a person can do about a ticket that is not billed, and the way there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlencode

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from tickets.models import Ticket

Way = tuple[str, str, str]
# Reasons that are the end of the matter (covered, waived, billed elsewhere, comes to nothing) ask nothing of anybody.
ADVICE = MappingProxyType({
    "no_rate": _("Agree an hourly rate in the contract or with the client, or set one for this ticket alone."),
    "several_contracts": _("Choose the contract on the ticket, or assign the contact to one of them."),
    "entries_pending_approval": _("Approve or reject the time; the ticket is then billed by itself."),
    "above_approval_threshold": _("Somebody who may approve and did not do the work has to look at it."),
    "fair_use_review": _("Decide in the review whether what is above fair use is billed."),
    "no_time_entries": _("Add the time that was worked, or force billing if there was none."),
    "held_by_person": _("Release the ticket once it may be billed."),
    "parked": _("Mend what the detail names, then release the ticket."),
    "not_closed": _("Close the ticket once the work is done."),
    "no_client": _("Choose the client on the ticket."),
    "internal": _("If the client has to pay for it, take the mark “internal” off the ticket."),
    "not_billable": _("If the client has to pay for it, mark the ticket as billable, or force billing."),
    "non_billable_type": _("If the client has to pay for it, change the type of the ticket, or force billing."),
    "closed_before_enrolment": _("If it was not billed otherwise, bill it by hand."),
    "client_not_enrolled": _("Bill it by hand, or enrol the client in automatic billing."),
    "nothing_to_bill": _("If work is missing, add it; the ticket is then looked at again."),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do, in a sentence, and the pages to do it on as (title, address)."""

    advice: str
    links: tuple[tuple[str, str], ...] = ()


def next_step(ticket: Ticket, reason: str, person: AbstractBaseUser | AnonymousUser) -> NextStep | None:
    """What helps against the reason, with the pages that the person may see; None where nothing has to be done."""
    if reason not in ADVICE:
        return None
    ways = _ways(ticket).get(reason, ())
    may_see = getattr(person, "has_perm", lambda _permission: False)
    return NextStep(gettext(ADVICE[reason]), tuple((title, page) for needs, title, page in ways if may_see(needs)))


def _ways(ticket: Ticket) -> dict[str, Sequence[Way]]:
    """The pages by reason, each as (permission, title, address)."""
    work = ("tickets.view_timeentry", gettext("Time entries"), _list("tickets_timeentry", ticket__id__exact=ticket.pk))
    review = ("contracts.view_fairusereview", gettext("Fair use"), _list("contracts_fairusereview"))
    ways: dict[str, Sequence[Way]] = {"entries_pending_approval": (work,), "fair_use_review": (review,)}
    if ticket.client_id is None:
        return ways
    agreed = _list("contracts_contract", client__id__exact=ticket.client_id)
    contracts = ("contracts.view_contract", gettext("Contracts"), agreed)
    page = reverse("admin:contracts_client_change", args=[ticket.client_id])
    client = ("contracts.view_client", gettext("Client"), page)
    enrolled = reverse("enrolment-client", args=[ticket.client_id])
    enrolment = ("contracts.view_client", gettext("Enrolment"), enrolled)
    return ways | {
        "several_contracts": (contracts,),
        "no_rate": (contracts, client),
        "client_not_enrolled": (enrolment,),
        "closed_before_enrolment": (enrolment,),
    }


def _list(page: str, **narrowed: int) -> str:
    address = reverse(f"admin:{page}_changelist")
    return f"{address}?{urlencode(narrowed)}" if narrowed else address
