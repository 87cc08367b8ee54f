"""The month of all partners: where each stands, and running it for one, for some, or for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.keys import keys_in
from accounts.desk.views import DeskView
from gateway_billing.admin import standing
from gateway_billing.admin.months import chosen_month, month_context
from gateway_billing.admin.running import buttons, run_or_ask, verb_of
from gateway_billing.admin.standing import WORDS, Standing, planned_sums, standings, sums_by_state
from gateway_billing.month_jobs import RUN_MONTH
from invoicing.display import sums

PARTNERS_A_PAGE = 100


class MonthView(DeskView):
    """Every partner of a month, with its document or what keeps it from having one."""

    permission_required = "gateway_billing.view_monthrun"
    template_name = "gateway_billing/admin/month.html"
    title = gettext_lazy("Months")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: the month, its figures, one page of its partners."""
        now = timezone.now()
        month = chosen_month(kwargs.get("label", ""), at=now)
        found, state = standings(month.period, at=now), self.request.GET.get("state", "")
        shown = [one for one in found if one.state == state] if state in WORDS else found
        page = Paginator(shown, PARTNERS_A_PAGE).get_page(self.request.GET.get("page"))
        return {
            **super().get_context_data(**kwargs),
            **month_context(month, "gateway-month"),
            "title": _("Partners in %(month)s") % {"month": date_format(month.first_day, "F Y")},
            "figures": _figures(found, state),
            "planned": sums(planned_sums(found)) if any(one.planned for one in found) else "",
            "page": page,
            "rows": [shown_row(one) for one in page.object_list],
            "state": WORDS.get(state, ""),
            "state_name": state if state in WORDS else "",
            "some_found": bool(found),
            "buttons": buttons(self.request, found) if found else [],
            "may_run": self.request.user.has_perm(RUN_MONTH),
            "checkbox": ACTION_CHECKBOX_NAME,
        }

    def post(self, request: HttpRequest, label: str = "") -> HttpResponse:
        """Ask before a month is planned or run, and start it."""
        month = chosen_month(label, at=timezone.now())
        name, partners = verb_of(request)
        chosen = partners or keys_in(request.POST.getlist(ACTION_CHECKBOX_NAME))
        return run_or_ask(request, month.period, name, chosen=chosen, back=reverse("gateway-month", args=[month.label]))


def shown_row(one: Standing) -> dict[str, Any]:
    """A partner as the tables show it."""
    return {
        "standing": one,
        "partner": one.partner,
        "again": one.state in (standing.FAILED, standing.PARKED),
    }


def _figures(found: Sequence[Standing], chosen: str) -> list[dict[str, Any]]:
    """How many partners are in each state, as links to them."""
    return [
        {"state": state, "label": WORDS[state], "number": number, "sum": sums(cents) if cents else "",
         "chosen": state == chosen}
        for state, (number, cents) in sums_by_state(found).items()
    ]  # fmt: skip
