"""What all verbs on tickets share: which fit a ticket's state, and what is said where one does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django.contrib import messages
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.desk import refusals
from accounts.desk.pages import Page
from accounts.language import within
from invoicing.transitions import InvalidTransition
from tickets.models import Ticket
from tickets.overrides import OPEN
from tickets.plan import ABOVE_APPROVAL_THRESHOLD, HELD_BY_PERSON
from tickets.released import covering

ASIDE = (Ticket.Billing.HELD, Ticket.Billing.SKIPPED, Ticket.Billing.WAIVED)


def _can_be_forced(ticket: Ticket) -> bool:
    """Also what is billed in part: force gives back what an allowance paid for."""
    return ticket.billing_status != Ticket.Billing.BILLED or bool(covering(ticket.pk))


# By the name of the verb without its ending.
FITS: Final[Mapping[str, Callable[[Ticket], bool]]] = {
    # Above the threshold billing alone would hold it again: it has its own verb.
    "bill": lambda ticket: ticket.billing_status in OPEN and ticket.billing_reason != ABOVE_APPROVAL_THRESHOLD,
    "approve": lambda ticket: ticket.billing_reason == ABOVE_APPROVAL_THRESHOLD,
    "hold": lambda ticket: ticket.billing_status in OPEN and ticket.billing_reason != HELD_BY_PERSON,
    "release": lambda ticket: ticket.billing_status in ASIDE,
    "waive": lambda ticket: ticket.billing_status in OPEN,
    "force": _can_be_forced,
    "strategy": lambda _ticket: True,
    "rate": lambda _ticket: True,
    "close": lambda ticket: ticket.status != Ticket.Status.CLOSED,
    "resolve": lambda ticket: ticket.status not in Ticket.FINISHED,
    "reopen": lambda ticket: ticket.status in Ticket.FINISHED,
}
LIFECYCLE = ("close", "resolve", "reopen")
OVERRULING = ("hold", "release", "waive", "force", "strategy", "rate")


class TicketActions(Page):
    """Buttons are shown where they fit; one that was pressed too late says what has become of the ticket."""

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The buttons at the head of the page; what overrules stands on the page itself."""
        return [one for verb, one in self.fitting(request, object_id) if verb not in OVERRULING]

    @contextmanager
    def saying_refusals(self, request: HttpRequest) -> Iterator[None]:
        """What the database refuses, or somebody else was quicker to do, is said to the person; a fault stays one."""
        try:
            yield
        except InvalidTransition as problem:
            self.message_user(request, str(problem), messages.ERROR)
        except DatabaseError as problem:
            refused = refusals.sentence(problem)
            if not refused:
                raise
            self.message_user(request, refused, messages.ERROR)

    def decisions(self, request: HttpRequest, object_id: str) -> list[dict[str, str]]:
        """The ways to overrule that the person has here, each with its address."""
        return [
            {"title": str(one.description), "url": reverse(f"admin:{one.action_name}", args=[object_id])}
            for verb, one in self.fitting(request, object_id)
            if verb in OVERRULING
        ]

    def fitting(self, request: HttpRequest, object_id: Any) -> list[tuple[str, Any]]:
        """The verbs that the person may use and that fit the ticket, with their actions."""
        found: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        ticket = self.get_object(request, str(object_id))
        ours = f"{self.model._meta.app_label}_{self.model._meta.model_name}_"
        verbs = [one.action_name.removeprefix(ours).removesuffix("_this") for one in found]
        named = zip(verbs, found, strict=True)
        return [(verb, one) for verb, one in named if ticket is not None and FITS[verb](ticket)]

    def ticket_of(self, request: HttpRequest, object_id: str) -> Ticket:
        """The ticket of this address, or the answer that there is none."""
        ticket = self.get_object(request, object_id)
        if not isinstance(ticket, Ticket):
            raise Http404("there is no such ticket")
        return ticket

    def too_late(self, request: HttpRequest, ticket: Ticket, verb: str) -> HttpResponseRedirect | None:
        """Back to the ticket where the verb does not fit any more; None where it does."""
        if FITS[verb](ticket):
            return None
        state = ticket.get_status_display() if verb in LIFECYCLE else ticket.get_billing_status_display()
        said = _("Nothing was done: ticket %(number)s is %(state)s.") % {
            "number": ticket.number,
            "state": within(state),
        }
        self.message_user(request, said, messages.WARNING)
        return HttpResponseRedirect(page_of(ticket.pk))

    def chosen_keys(self, request: HttpRequest, queryset: QuerySet[Ticket], most: int) -> list[int]:
        """The keys in the order of billing; none, and a message, where there are too many at once."""
        chosen = list(queryset.order_by("finished_at", "pk").values_list("pk", flat=True)[: most + 1])
        if len(chosen) > most:
            self.message_user(request, _("Choose at most %(most)s tickets.") % {"most": most}, messages.ERROR)
            return []
        return chosen


def page_of(ticket: int) -> str:
    """The address of a ticket's page."""
    return reverse("admin:tickets_ticket_change", args=[ticket])
