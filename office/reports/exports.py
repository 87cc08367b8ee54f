"""Files to take away: documents, bookings, and all that is known of one document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

import config
from accounts.desk.views import DeskView
from accounts.language import choices_of
from accounts.limits import EXPORTS, limited
from invoicing.bookkeeping.datev import MissingAccount
from invoicing.bookkeeping.lines import DATEV, booking_lines
from invoicing.documents.files import NoSuchFile
from invoicing.documents.pdf import CannotBeDrawn
from invoicing.export import documents
from invoicing.models import Invoice
from office.reports import files
from office.reports.trail import ClientField
from rating.period import BillingPeriod

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

BOOKINGS: Final = ((DATEV, "DATEV"), ("quickbooks", "QuickBooks"), ("xero", "Xero"))


class MonthField(forms.CharField):
    """A month as browsers ask for it, "2026-01"; the value is the period, None where nothing was typed."""

    def __init__(self, **options: Any) -> None:
        widget = UnfoldAdminTextInputWidget(attrs={"type": "month", "placeholder": "2026-01"})
        super().__init__(max_length=7, widget=widget, **options)

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        try:
            return BillingPeriod.from_label(typed, config.billing().zone) if typed else None
        except ValueError:
            raise forms.ValidationError(_("This is not a month such as 2026-01.")) from None


class InvoicesForm(forms.Form):
    """Which documents, and in which form."""

    format = forms.ChoiceField(
        label=gettext_lazy("Format"), widget=UnfoldAdminSelectWidget,
        choices=((files.CSV, gettext_lazy("CSV: a row for each line")), (files.JSON_LINES, gettext_lazy("JSON lines"))),
    )  # fmt: skip
    month = MonthField(label=gettext_lazy("Month of issue"), required=False)
    status = forms.ChoiceField(
        label=gettext_lazy("Status"), required=False, widget=UnfoldAdminSelectWidget,
        choices=lambda: [("", _("All")), *choices_of(Invoice, "status")],
    )  # fmt: skip
    client = ClientField()


class BookingsForm(forms.Form):
    """Which month, and for which program."""

    format = forms.ChoiceField(label=gettext_lazy("Program"), choices=BOOKINGS, widget=UnfoldAdminSelectWidget)
    month = MonthField(label=gettext_lazy("Month of issue"))
    client = ClientField()


class PackForm(forms.Form):
    """Which document."""

    number = forms.CharField(label=gettext_lazy("Number"), max_length=60, widget=UnfoldAdminTextInputWidget)

    def clean_number(self) -> Invoice:
        """The issued document of that number."""
        found = Invoice.objects.filter(number=self.cleaned_data["number"]).first()
        if found is None:
            raise forms.ValidationError(_("No document has this number. Drafts have none."))
        return found


def _invoices(given: dict[str, Any]) -> Any:
    found = documents(status=given["status"], client=given["client"], month=given["month"])
    return files.invoices(found, given["format"])


def _bookings(given: dict[str, Any]) -> Any:
    lines = booking_lines(given["format"], given["month"], given["client"], at=timezone.now())
    return files.bookings(lines, given["format"], given["month"].label())


def _pack(given: dict[str, Any]) -> Any:
    return files.audit_pack(given["number"])


@dataclass(frozen=True, slots=True)
class Export:
    """One file that can be had. `make` raises what `refuses` names where it cannot be made."""

    title: _StrOrPromise
    note: _StrOrPromise
    form: type[forms.Form]
    make: Callable[[dict[str, Any]], Any]
    permissions: tuple[str, ...]
    refuses: tuple[type[Exception], ...] = ()


EXPORTED: Final = MappingProxyType({
    "invoices": Export(
        gettext_lazy("Documents"),
        gettext_lazy("With lines, tax, sources and explanations. Drafts count in the month of their period."),
        InvoicesForm, _invoices, ("invoicing.view_invoice", "invoicing.view_claim"),
    ),
    "bookings": Export(
        gettext_lazy("Bookings"),
        gettext_lazy("The documents issued in a month. For DATEV, clients without an account get the next free one."),
        BookingsForm, _bookings, ("invoicing.view_invoice", "contracts.change_client"), (MissingAccount,),
    ),
    "pack": Export(
        gettext_lazy("Audit pack"),
        gettext_lazy("PDF, XML, explanations, audit trail and payments of one issued document, with their hashes."),
        PackForm, _pack,
        ("invoicing.view_invoice", "invoicing.view_storedfile", "invoicing.view_auditentry", "invoicing.view_payment"),
        (NoSuchFile, CannotBeDrawn),
    ),
})  # fmt: skip


class ExportView(DeskView):
    """A form for each file that the person may have."""

    permission_required = "invoicing.view_invoice"
    template_name = "office/reports/exports.html"
    title = gettext_lazy("Exports")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: the forms; the one that was sent as it was sent."""
        sent: dict[str, forms.Form] = kwargs.pop("sent", {})
        shown = [
            {"name": name, "export": export, "form": sent.get(name) or export.form(auto_id=f"id_{name}_%s")}
            for name, export in EXPORTED.items()
            if self.request.user.has_perms(export.permissions)
        ]
        return {**super().get_context_data(**kwargs), "exports": shown}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - Django's signature
        """The file, or the form with what is wrong."""
        name = request.POST.get("export", "")
        export = EXPORTED.get(name)
        if export is None or not request.user.has_perms(export.permissions):
            raise PermissionDenied
        return self._file(request, name, export)

    @limited(EXPORTS)
    def _file(self, request: HttpRequest, name: str, export: Export) -> Any:
        form = export.form(request.POST, auto_id=f"id_{name}_%s")
        if form.is_valid():
            try:
                return export.make(form.cleaned_data)
            except export.refuses as refusal:
                form.add_error(None, str(refusal))
        return self.render_to_response(self.get_context_data(sent={name: form}))
