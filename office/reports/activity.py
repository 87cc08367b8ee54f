"""What billing did: billed, covered, held, failed, overruled, documents and payments, the newest first."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.desk.views import DeskView
from invoicing.models import AuditEntry
from office.reports.trail import TrailForm, page_of
from office.reports.wording import amount_of, reason_of, said, subjects_of

BILLED = ("ticket.billed", "charge.billed", "month.run")
COVERED = ("ticket.covered",)
NOT_BILLED = "ticket.not_billed"
FAILED = (
    "ticket.parked", "mail.parked", "stripe.parked", "stripe.held_back", "stripe_event.parked", "invoice.files_failed",
)  # fmt: skip
OVERRIDES = (
    "ticket.forced", "ticket.held", "ticket.waived", "ticket.released", "ticket.strategy", "ticket.rate",
    "ticket.approved", "time_entry.approved", "time_entry.rejected", "service_case.waived", "service_change.approved",
    "service_change.cancelled", "usage.released", "fair_use.decided",
)  # fmt: skip
DOCUMENTS = (
    "invoice.drafted", "invoice.issued", "invoice.voided", "invoice.credited", "invoice.discarded",
    "invoice.uncollectible", "invoice.line_added", "invoice.line_changed", "invoice.lines_withdrawn",
    "invoice.discount_given", "invoice.discount_taken_back", "mail.sent", "stripe.finalize", "stripe.send",
    "stripe.void", "stripe.credit_note",
)  # fmt: skip
PAYMENTS = ("invoice.payment", "invoice.refund", "invoice.paid")

KINDS: Final = MappingProxyType({
    "billed": (gettext_lazy("Billed"), Q(action__in=BILLED), "desk-good"),
    "covered": (gettext_lazy("Covered"), Q(action__in=COVERED), ""),
    "held": (gettext_lazy("Held"), Q(action=NOT_BILLED, data__outcome="hold"), "desk-warning"),
    "skipped": (gettext_lazy("Skipped"), Q(action=NOT_BILLED, data__outcome="skip"), ""),
    "failed": (gettext_lazy("Failed"), Q(action__in=FAILED), "desk-error"),
    "overrides": (gettext_lazy("Overrides"), Q(action__in=OVERRIDES), ""),
    "documents": (gettext_lazy("Documents"), Q(action__in=DOCUMENTS), ""),
    "payments": (gettext_lazy("Payments"), Q(action__in=PAYMENTS), "desk-good"),
})  # fmt: skip
ACTIONS: Final = (*BILLED, *COVERED, NOT_BILLED, *FAILED, *OVERRIDES, *DOCUMENTS, *PAYMENTS)


class ActivityForm(TrailForm):
    """Narrowed down by kind as well."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), required=False, widget=UnfoldAdminSelectWidget,
        choices=(("", gettext_lazy("All")), *((name, label) for name, (label, _which, _tone) in KINDS.items())),
    )  # fmt: skip
    field_order = ("kind", "since", "until", "client", "who")

    def narrowed(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """The entries about billing that were asked for."""
        found = super().narrowed(entries)
        kind = self.cleaned_data.get("kind") if self.is_bound and self.is_valid() else ""
        return found.filter(KINDS[kind][1] if kind else Q(action__in=ACTIONS))


class ActivityView(DeskView):
    """Entries of the audit trail about billing."""

    permission_required = "invoicing.view_auditentry"
    template_name = "office/reports/activity.html"
    title = gettext_lazy("Activity")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: the form, and one page of rows."""
        form = ActivityForm(self.request.GET)
        page = page_of(self.request, form.narrowed(AuditEntry.objects.all()))
        subjects = subjects_of(page.entries)
        rows = [_row(entry, subjects[entry.pk]) for entry in page.entries]
        asked = any(form.cleaned_data.values()) if form.is_valid() else True
        return {**super().get_context_data(**kwargs), "form": form, "page": page, "rows": rows, "asked": asked}


def kind_of(entry: AuditEntry) -> str:
    """The kind that an entry belongs to."""
    if entry.action == NOT_BILLED:
        return "held" if entry.data.get("outcome") == "hold" else "skipped"
    lists = {
        "billed": BILLED,
        "covered": COVERED,
        "failed": FAILED,
        "overrides": OVERRIDES,
        "payments": PAYMENTS,
    }
    return next((name for name, actions in lists.items() if entry.action in actions), "documents")


def _row(entry: AuditEntry, subject: Any) -> dict[str, Any]:
    label, _which, tone = KINDS[kind_of(entry)]
    return {
        "entry": entry, "subject": subject, "kind": label, "tone": tone, "said": said(entry.action),
        "reason": reason_of(entry), "amount": amount_of(entry, subject),
    }  # fmt: skip
