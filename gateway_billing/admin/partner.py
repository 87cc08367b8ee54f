"""A partner's month: where it stands, its companies, what is late or held, and its documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Min, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import refusals
from accounts.desk.asking import Question, ask, is_confirmed, reason_form, signed_in
from accounts.desk.pages import Page
from accounts.desk.views import DeskView
from contracts.models import Client
from gateway_billing.admin.month import shown_row
from gateway_billing.admin.months import ChosenMonth, chosen_month, month_context
from gateway_billing.admin.running import buttons
from gateway_billing.admin.standing import standings
from gateway_billing.holding import HELD, held_units, release_held
from gateway_billing.locks import PartnerBusy
from gateway_billing.models import LateUnit, MonthRun
from gateway_billing.month_jobs import RUN_MONTH
from invoicing.admin.lines import label_of
from invoicing.display import money
from invoicing.models import Invoice

COMPANIES_A_PAGE = 100


class PartnerMonthView(DeskView):
    """One partner in a month, and letting go of what is held of it."""

    permission_required = ("gateway_billing.view_monthrun", "invoicing.view_invoice")
    template_name = "gateway_billing/admin/partner_month.html"
    title = gettext_lazy("Partner")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: the partner, its state, one page of companies, its late and held units, its documents."""
        now = timezone.now()
        month, partner = chosen_month(kwargs["label"], at=now), _partner(kwargs["partner"])
        (found,) = standings(month.period, at=now, only=[partner.pk])
        told = {"partner": partner.name, "month": date_format(month.first_day, "F Y")}
        return {
            **super().get_context_data(**kwargs),
            **month_context(month, "gateway-partner-month", partner.pk),
            "title": _("%(partner)s in %(month)s") % told,
            "partner": partner,
            "row": shown_row(found),
            "buttons": buttons(self.request, [found]) if found.runnable or not found.document else [],
            "checkbox": ACTION_CHECKBOX_NAME,
            "companies": _companies(found.document, self.request.GET.get("page")) if found.document else None,
            "documents": _documents(partner, month),
            "late": [(label_of(kind), units) for kind, units in _late(partner).items()],
            "held": [(label_of(kind), units) for kind, units in held_units(partner.pk).items()],
            "may_run": self.request.user.has_perm(RUN_MONTH),
        }

    def post(self, request: HttpRequest, label: str, partner: int) -> HttpResponse:
        """Ask why what is held may be billed, and let it go."""
        if not request.user.has_perm(RUN_MONTH):
            raise PermissionDenied
        owner, form = _partner(partner), reason_form(request)
        back = reverse("gateway-partner-month", args=[label, partner])
        if not (is_confirmed(request) and form.is_valid()):
            page = cast(Page, admin.site.get_model_admin(MonthRun))
            title = _("Let the next invoice of %(partner)s bill what is held?") % {"partner": owner.name}
            return ask(page, request, Question(title, _("Let it go"), form=form, back=back))
        try:
            units = release_held(owner.pk, reason=form.cleaned_data["reason"], by=signed_in(request), at=timezone.now())
        except PartnerBusy as problem:
            messages.error(request, refusals.told(str(problem)))
        else:
            told = {"number": sum(units.values())}
            messages.success(request, _("The next invoice bills %(number)d that were held.") % told)
        return HttpResponseRedirect(back)


def _partner(key: int) -> Client:
    """The partner. Raises Http404 for a client that manages nobody."""
    return get_object_or_404(Client.objects.filter(managed__isnull=False).distinct(), pk=key)


def _companies(document: Invoice, wanted: str | None) -> Any:
    """One page of the companies of a document in the order of its lines, with their sums."""
    lines = (
        document.lines.values("company", "company__name", "company__external_id")
        .annotate(number=Count("pk"), cents=Sum("amount_cents"), first=Min("position"))
        .order_by("first")
    )
    page: Any = Paginator(lines, COMPANIES_A_PAGE).get_page(wanted)
    page.object_list = [
        {**row, "name": row["company__name"], "amount": money(row["cents"], document.currency)}
        for row in page.object_list
    ]
    return page


def _documents(partner: Client, month: ChosenMonth) -> list[dict[str, Any]]:
    """Every document that was made for the month, cancelled ones too."""
    found = Invoice.objects.filter(client=partner, kind=Invoice.Kind.AGGREGATE, period_start=month.first_day)
    return [
        {
            "document": one,
            "name": one.number or _("draft"),
            "state": one.get_status_display(),
            "sum": money(one.subtotal_cents if one.total_cents is None else one.total_cents, one.currency),
        }
        for one in found.order_by("pk")
    ]


def _late(partner: Client) -> Mapping[str, int]:
    """How many units of closed months wait for the partner's next invoice, by kind."""
    late = LateUnit.objects.filter(partner=partner).exclude(kind__startswith=HELD).values_list("kind")
    return dict(late.annotate(units=Count("pk")).order_by("kind"))
