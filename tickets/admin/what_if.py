"""Try other terms on last month's tickets, before anybody agrees to them."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.asking import signed_in
from accounts.desk.views import DeskView
from contracts.models import Contract
from invoicing.admin.job import page_of_job
from invoicing.jobs import start_job
from tickets.what_if import TERMS, as_json, tickets_of_last_month, what_if
from tickets.what_if_job import WHAT_IF, told

# So many tickets are compared while the person waits.
MOST_AT_ONCE = 300
ASKED = "asked"  # the field that names one showing of the form
# The terms as they belong together: a heading, and the fields that stand beside each other.
GROUPS: Final = (
    (gettext_lazy("Prices"), (("strategy", "hourly_rate", "per_ticket_rate"),)),
    (gettext_lazy("Allowances per month"), (
        ("included_tickets", "unlimited_tickets"), ("included_seconds", "unlimited_hours"),
        ("rollover_months", "unlimited_rollover"),
    )),
    (gettext_lazy("Minimum and rounding"), (
        ("minimum_seconds", "below_minimum"), ("rounding_level", "rounding_increment_minutes", "rounding_direction"),
    )),
)  # fmt: skip


class WhatIfView(DeskView):
    """The terms in a form, and below it what they would have come to. Nothing is saved."""

    title = gettext_lazy("What if")
    permission_required = "contracts.view_contract"
    template_name = "tickets/admin/what_if.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: the contract, the fields of its terms in groups, and the result once it was asked for."""
        contract = self._contract()
        form = kwargs.pop("form", None) or _form(self.request, contract)
        groups = [(title, [[form[name] for name in row] for row in rows]) for title, rows in GROUPS]
        shown = {
            "title": _("What if"), "contract": contract, "form": form, "groups": groups, "asked": uuid4().hex,
        }  # fmt: skip
        return {**super().get_context_data(**kwargs), **shown}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        """Compare at once, or as a job where there are many tickets."""
        contract, tried = self._contract(), self._contract()
        form, now = _form(request, tried), timezone.now()
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        if len(tickets_of_last_month(contract, at=now)) > MOST_AT_ONCE:
            terms = as_json({name: getattr(tried, name) for name in TERMS})
            given = {"contract": contract.pk, "at": now.isoformat(), "terms": terms}
            key = f"what_if:{contract.pk}:{request.POST.get(ASKED) or uuid4().hex}"[:100]
            return page_of_job(start_job(WHAT_IF.name, given, key=key, by=signed_in(request), at=now))
        try:
            result = told(contract, what_if(contract, tried, at=now))
        except (ValueError, LookupError) as problem:
            return self.render_to_response(self.get_context_data(form=form, problem=str(problem)))
        return self.render_to_response(self.get_context_data(form=form, result=result))

    def _contract(self) -> Contract:
        found: Contract = get_object_or_404(Contract.objects.select_related("client"), pk=self.kwargs["contract"])
        return found


def _form(request: HttpRequest, contract: Contract) -> ModelForm[Contract]:
    """The contract's own form with its terms alone; validating it changes the object in memory."""
    page = admin.site.get_model_admin(Contract)
    form: ModelForm[Contract] = page.get_form(request, contract, change=False, fields=list(TERMS))(
        request.POST if request.method == "POST" else None, instance=contract, label_suffix=""
    )
    return form
