"""The audit trail: who did what, when and why; narrowed down, read, and checked against its seals."""

from __future__ import annotations

import json
import re
from typing import Any, Final
from uuid import uuid4

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.desk.asking import signed_in
from accounts.desk.choices import values_of
from accounts.desk.views import DeskView
from invoicing.admin.job import page_of_job
from invoicing.audit import done_by
from invoicing.jobs import start_job
from invoicing.models import AuditEntry, AuditHead
from office.reports.trail import LARGEST_KEY, TrailForm, page_of
from office.reports.verify_job import VERIFY
from office.reports.wording import said, subjects_of

MAY_VERIFY: Final = "invoicing.verify_audit"
LONGEST_SHOWN: Final = 300
# Subjects of entries, as the trail calls them.
SUBJECTS: Final = (
    ("ticket", gettext_lazy("Ticket")), ("timeentry", gettext_lazy("Time entry")),
    ("invoice", gettext_lazy("Document")),
    ("client", gettext_lazy("Client")), ("contract", gettext_lazy("Contract")), ("discount", gettext_lazy("Discount")),
    ("recurringcharge", gettext_lazy("Recurring charge")), ("clientcharge", gettext_lazy("Single charge")),
    ("fairusereview", gettext_lazy("Fair use")), ("monthrun", gettext_lazy("Partner's month")),
    ("servicecase", gettext_lazy("Service case")), ("servicechange", gettext_lazy("Service change")),
    ("outputconfiguration", gettext_lazy("Output")), ("mail", gettext_lazy("Mail")),
    ("stripecall", gettext_lazy("Step to Stripe")), ("stripeevent", gettext_lazy("Event of Stripe")),
    ("anomaly", gettext_lazy("Anomaly")), ("job", gettext_lazy("Job")), ("user", gettext_lazy("Person")),
    ("killswitch", gettext_lazy("Switch of automation")), ("installation", gettext_lazy("Installation")),
)  # fmt: skip
_NONCE = re.compile(r"[0-9a-f]{32}")


class AuditForm(TrailForm):
    """Narrowed down by subject, person and action as well."""

    subject = forms.ChoiceField(
        label=gettext_lazy("About"), required=False, choices=(("", gettext_lazy("Everything")), *SUBJECTS),
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    key = forms.IntegerField(
        label=gettext_lazy("Its key"), required=False, min_value=1, max_value=LARGEST_KEY,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    person = forms.CharField(
        label=gettext_lazy("Person"), required=False, max_length=150, widget=UnfoldAdminTextInputWidget
    )
    action = forms.CharField(
        label=gettext_lazy("Action"), required=False, max_length=60,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "invoice.issued"}),
    )  # fmt: skip
    field_order = ("since", "until", "client", "who", "person", "action", "subject", "key")

    def narrowed(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """The entries that were asked for."""
        found = super().narrowed(entries)
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        columns = {"subject": "subject_kind", "key": "subject_id"}
        found = found.filter(**{column: given[name] for name, column in columns.items() if given.get(name)})
        if person := given.get("person"):
            found = found.filter(done_by(person))
        if action := (given.get("action") or "").rstrip("."):
            # "invoice" finds all that is done to documents.
            taken = values_of(AuditEntry, "action")
            found = found.filter(action__in=[one for one in taken if one == action or one.startswith(f"{action}.")])
        return found


class AuditView(DeskView):
    """The trail, and a button that has it verified."""

    permission_required = "invoicing.view_auditentry"
    template_name = "office/reports/audit.html"
    title = gettext_lazy("Audit trail")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: the form, one page of rows, and where the chain of seals ends."""
        form = AuditForm(self.request.GET)
        page = page_of(self.request, form.narrowed(AuditEntry.objects.all()))
        subjects = subjects_of(page.entries)
        return {
            **super().get_context_data(**kwargs),
            "form": form,
            "page": page,
            "rows": [_row(entry, subjects[entry.pk]) for entry in page.entries],
            "asked": any(form.cleaned_data.values()) if form.is_valid() else True,
            "head": AuditHead.objects.filter(pk=1).first(),
            "may_verify": self.request.user.has_perm(MAY_VERIFY),
            "nonce": uuid4().hex,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002 - Django's signature
        """Have the whole trail verified by a worker."""
        if not request.user.has_perm(MAY_VERIFY):
            raise PermissionDenied
        sent = request.POST.get("nonce", "")
        key = f"{VERIFY}:{sent if _NONCE.fullmatch(sent) else uuid4().hex}"
        return page_of_job(start_job(VERIFY, {}, key=key, by=signed_in(request), at=timezone.now()))


def _row(entry: AuditEntry, subject: Any) -> dict[str, Any]:
    data = json.dumps(entry.data, ensure_ascii=False) if entry.data else ""
    return {
        "entry": entry, "subject": subject, "said": said(entry.action),
        "data": data[:LONGEST_SHOWN], "cut": len(data) > LONGEST_SHOWN,
    }  # fmt: skip
