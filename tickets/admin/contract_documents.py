"""The documents that bill under a contract, the newest first: its tickets' and its recurring charges'."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Contract, RecurringCharge
from invoicing.display import money
from invoicing.models import Claim, Invoice
from rating.recurring import KIND as RECURRING
from rating.sources import EXPENSE, TICKET_FEE, TIME_ENTRY
from tickets.models import Expense, TicketUsage, TimeEntry

MOST_SHOWN: Final = 6
# So many of the newest tickets and charges are looked through, however long the contract has been in force.
LOOKED_AT: Final = 200


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """A document as people read it; no total while it is a draft."""

    name: str
    url: str
    status: str
    period: str
    total: str


def shown_documents(contract: Contract, request: HttpRequest, _at: datetime) -> Mapping[str, Any] | None:
    """The newest documents; nothing for those who may not look at documents."""
    if not request.user.has_perm("invoicing.view_invoice"):
        return None
    claims = Claim.objects.filter(_units(contract), released_at__isnull=True, line__isnull=False)
    found = Invoice.objects.filter(pk__in=claims.values("line__invoice")).order_by("-pk")[:MOST_SHOWN]
    every = f"{reverse('admin:invoicing_invoice_changelist')}?client__id__exact={contract.client_id}"
    return {"documents": [_shown(one) for one in found], "every": every}


def _units(contract: Contract) -> Q:
    """What of the newest tickets and charges can be on a document."""
    usage = TicketUsage.objects.filter(contract=contract).order_by("-month", "-pk")
    tickets = list(usage.values_list("ticket", flat=True)[:LOOKED_AT])
    charges = RecurringCharge.objects.filter(contract=contract).order_by("-pk")
    return (
        Q(kind=TICKET_FEE, source_id__in=tickets)
        | Q(kind=TIME_ENTRY, source_id__in=list(_of(TimeEntry, tickets)))
        | Q(kind=EXPENSE, source_id__in=list(_of(Expense, tickets)))
        | Q(kind=RECURRING, source_id__in=list(charges.values_list("pk", flat=True)[:LOOKED_AT]))
    )


def _of(model: type[TimeEntry] | type[Expense], tickets: list[int]) -> Any:
    return model._default_manager.filter(ticket__in=tickets).values_list("pk", flat=True)


def _shown(document: Invoice) -> ShownDocument:
    return ShownDocument(
        document.number or _("draft"),
        reverse("admin:invoicing_invoice_change", args=[document.pk]),
        document.get_status_display(),
        f"{document.period_start:%Y-%m}" if document.period_start else "",
        "" if document.total_cents is None else money(document.total_cents, document.currency),
    )
