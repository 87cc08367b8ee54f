"""What tickets add to the page of a contract: examples, balances, and the way to "what if"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.admin.panels import PANELS, Panel
from contracts.models import Contract
from tickets.admin.balance import first_of_months, shown_month
from tickets.admin.contract_documents import shown_documents
from tickets.admin.examples import TEMPLATE as EXAMPLES
from tickets.admin.examples import shown_blank, shown_examples
from tickets.balance_report import months_of

MONTHS = 6
# What else belongs to a contract, by the permission that opens it and the name of its list.
BESIDE = (
    ("contracts.view_recurringcharge", "admin:contracts_recurringcharge_changelist"),
    ("contracts.view_fairusereview", "admin:contracts_fairusereview_changelist"),
    ("tickets.view_ticketusage", "admin:tickets_ticketusage_changelist"),
    ("contracts.view_allocation", "admin:contracts_allocation_changelist"),
)


def shown_balances(contract: Contract, _request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    """The allowances of the last months, the newest first; nothing for a contract without any."""
    if not contract.has_limited_allowance:
        return None
    today = at.astimezone(contract.client.zone).date()
    first = contract.start_on.replace(day=1)
    months = [month for month in first_of_months(today, MONTHS) if month >= first]
    return {"months": [shown_month(one) for one in months_of(contract, months)]} if months else None


def shown_ways(contract: Contract, request: HttpRequest, _at: datetime) -> Mapping[str, Any]:
    """Where one goes from a contract."""
    labels = (_("Recurring charges"), _("Fair use"), _("Tickets opened"), _("Allowances used"))
    links = [
        {"label": label, "url": f"{reverse(name)}?contract__id__exact={contract.pk}"}
        for label, (permission, name) in zip(labels, BESIDE, strict=True)
        if request.user.has_perm(permission)
    ]
    return {"links": links, "what_if": reverse("contract-what-if", args=[contract.pk])}


PANELS.extend([
    Panel("tickets/admin/ways.html", shown_ways),
    Panel(EXAMPLES, shown_examples, shown_blank),
    Panel("tickets/admin/balances.html", shown_balances),
    Panel("tickets/admin/contract_documents.html", shown_documents),
])  # fmt: skip
