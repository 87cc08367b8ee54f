"""What became of every billable unit, and which of them are not billed and why: of one client or of all."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import config
from accounts.desk.asking import signed_in
from accounts.desk.views import DeskView
from accounts.limits import EXPORTS, limited
from invoicing.admin.batches import KeyOnly
from invoicing.admin.job import page_of_job
from invoicing.jobs import start_job
from invoicing.models import Job
from office.reports import files
from office.reports.trail import ClientField, DayField
from office.reports.unbilled_job import UNBILLED, asked_of

LATEST: Final = 5


class UnbilledForm(KeyOnly):
    """Whose work, and as of which day."""

    client = ClientField(help_text=gettext_lazy("Id or name; empty for all clients."))
    as_of = DayField(gettext_lazy("As of"), help_text=gettext_lazy("The end of this day; empty for now."))

    def clean_as_of(self) -> Any:
        """A day that has begun."""
        day = self.cleaned_data["as_of"]
        if day and day > timezone.now().astimezone(config.billing().zone).date():
            raise forms.ValidationError(_("This day is yet to come."))
        return day

    @property
    def parameters(self) -> dict[str, object]:
        """What the job is asked for."""
        client, day = self.cleaned_data["client"], self.cleaned_data["as_of"]
        return {"client": client.pk if client else None, "as_of": day.isoformat() if day else None}


class UnbilledView(DeskView):
    """Asks for the report, which a worker makes; or answers its units as CSV."""

    permission_required = ("tickets.view_ticket", "invoicing.view_claim", "gateway_billing.view_call")
    template_name = "office/reports/unbilled.html"
    title = gettext_lazy("Unbilled work")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: the form, and the latest reports."""
        latest = Job.objects.filter(kind=UNBILLED).order_by("-pk")[:LATEST]
        return {"form": UnbilledForm(), **super().get_context_data(**kwargs), "latest": list(latest)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - Django's signature
        """Start the report, or stream its units."""
        form = UnbilledForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        if request.POST.get("action") == "csv":
            return self._csv(request, form)
        key = f"{UNBILLED}:{form.cleaned_data['key']}"[:64]
        return page_of_job(start_job(UNBILLED, form.parameters, key=key, by=signed_in(request), at=timezone.now()))

    @limited(EXPORTS)
    def _csv(self, request: HttpRequest, form: UnbilledForm) -> Any:  # noqa: ARG002 - who asks is counted
        return files.unbilled_units(asked_of(form.parameters))
