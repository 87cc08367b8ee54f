"""What call minutes cost and what they were sold for, by partner and company of a month."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.views import DeskView
from gateway_billing.admin.months import chosen_month, month_context
from gateway_billing.margin import PartnerMargin, margins
from invoicing.display import money


class MarginView(DeskView):
    """The report of a month."""

    permission_required = ("gateway_billing.view_feeschedule", "invoicing.view_invoice")
    template_name = "gateway_billing/admin/margins.html"
    title = gettext_lazy("Margins")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: the month, and the partners with their companies."""
        month = chosen_month(kwargs.get("label", ""), at=timezone.now())
        return {
            **super().get_context_data(**kwargs),
            **month_context(month, "gateway-margins"),
            "title": _("Margins of %(month)s") % {"month": date_format(month.first_day, "F Y")},
            "partners": [_shown(one) for one in margins(month.first_day)],
        }


def _shown(found: PartnerMargin) -> dict[str, Any]:
    sums = found.as_dict()
    return {
        "partner": found.name,
        "companies": [
            {
                "name": one.name,
                "calls": one.calls,
                "sold": _amount(one.sell_cents, found.currency),
                "bought": _amount(one.buy_cents, found.currency),
                "margin": _amount(one.margin_cents, found.currency),
            }
            for one in found.companies
        ],
        "sold": money(sums["sell_cents"], found.currency),
        "bought": money(sums["buy_cents"], found.currency),
        "margin": money(sums["margin_cents"], found.currency),
        "unknown": len(sums["without_buy_rate"]),
        "known": len(found.companies) - len(sums["without_buy_rate"]),
    }


def _amount(cents: int | None, currency: str) -> str:
    return "" if cents is None else money(cents, currency)
