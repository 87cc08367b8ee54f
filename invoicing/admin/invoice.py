"""Documents: the list, the page with every line explained, and issuing drafts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.enums import ActionVariant

from accounts.desk.asking import Question, ask, is_confirmed, signed_in
from accounts.desk.marks import action, display
from invoicing.admin.downloads import Downloads
from invoicing.admin.lines import shown_lines, shown_sums
from invoicing.display import money
from invoicing.lifecycle.issue import HELD, issue_invoices, plan_issues
from invoicing.lifecycle.totals import sums_of
from invoicing.models import Invoice

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList

STATUS = {"draft": "info", "open": "warning", "paid": "success", "void": "danger", "uncollectible": "danger"}
LINES_A_PAGE = 100
MOST_AT_ONCE = 500


class InvoiceList(ChangeList):
    """The rows of a page with the totals that its drafts would have, worked out together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        drafts = [row for row in self.result_list if row.status == Invoice.Status.DRAFT]
        found = sums_of(drafts, at=timezone.now()) if drafts else {}
        for row in self.result_list:
            sums = found.get(row.pk)
            row.shown_total = sums.totals.total if sums and sums.totals else row.total_cents


@admin.register(Invoice)
class InvoicePage(Downloads):
    """Written by billing, read by people; the one thing to do here is to issue a draft."""

    list_display = ("name", "status_label", "client", "period", "issue_on", "due_on", "line_count", "total")
    list_filter = ("status", "kind", "issue_on", "currency")
    list_select_related = ("client",)
    search_fields = ("number", "external_id", "client__name", "client__external_id")
    ordering = ("-pk",)
    actions = ("issue",)
    actions_detail = ("issue_this", "pdf", "xml")
    change_form_after_template = "invoicing/admin/lines.html"
    fieldsets = (
        (None, {"fields": (("client", "kind", "status", "period"), ("issue_on", "due_on", "issued_by", "cancels"),
                           ("recipient", "sender"))}),
    )  # fmt: skip

    @display(description="Number", ordering="number")
    def name(self, invoice: Invoice) -> str:
        return invoice.number or "draft"

    @display(description="Status", ordering="status", label=STATUS)
    def status_label(self, invoice: Invoice) -> tuple[str, str]:
        return invoice.status, invoice.get_status_display()

    @display(description="Period", ordering="period_start")
    def period(self, invoice: Invoice) -> str:
        return f"{invoice.period_start:%Y-%m}" if invoice.period_start else "-"

    @display(description="Total", ordering="total_cents")
    def total(self, invoice: Any) -> str:
        return "-" if invoice.shown_total is None else money(invoice.shown_total, invoice.currency)

    @display(description="Recipient as on the document")
    def recipient(self, invoice: Invoice) -> str:
        return _party(invoice.buyer)

    @display(description="Seller as on the document")
    def sender(self, invoice: Invoice) -> str:
        return _party(invoice.seller)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002
        return InvoiceList

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The document with one page of its lines and its sums."""
        invoice = self.get_object(request, object_id or "")
        shown = _contents(invoice, request.GET.get("lines", "1")) if invoice else {}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def has_issue_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may issue, and whether this one is a draft."""
        allowed = request.user.has_perm("invoicing.issue_invoice")
        if not allowed or object_id is None:
            return bool(allowed)
        return Invoice.objects.filter(pk=object_id, status=Invoice.Status.DRAFT).exists()

    @admin.action(description="Issue drafts…", permissions=["issue"])
    def issue(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> HttpResponse | None:
        drafts = list(queryset.filter(status=Invoice.Status.DRAFT).order_by("pk").values_list("pk", flat=True))
        if not drafts or len(drafts) > MOST_AT_ONCE:
            problem = f"Choose at most {MOST_AT_ONCE}." if drafts else "None of these is a draft."
            self.message_user(request, problem, messages.ERROR)
            return None
        return self._issue(request, drafts)

    @action(description="Issue…", permissions=["issue"], icon="send", variant=ActionVariant.PRIMARY)
    def issue_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        page = reverse("admin:invoicing_invoice_change", args=[object_id])
        return self._issue(request, [int(object_id)], back=page) or HttpResponseRedirect(page)

    def _issue(self, request: HttpRequest, drafts: list[int], back: str = "") -> HttpResponse | None:
        now = timezone.now()
        if is_confirmed(request):
            for plan in issue_invoices(drafts, at=now, by=signed_in(request)):
                level, said = (
                    (messages.ERROR, f"{plan.invoice} was not issued: {'; '.join(plan.problems)}")
                    if plan.outcome == HELD
                    else (messages.SUCCESS, f"Issued {plan.number}: {money(plan.totals.total, plan.invoice.currency)}")
                )
                self.message_user(request, said, level)
            return None
        plans = plan_issues(drafts, at=now)
        ready = sum(plan.outcome != HELD for plan in plans)
        title = f"Issue {ready} document{'' if ready == 1 else 's'}?"
        button = "Issue now" if ready else ""
        question = Question(title, button, "invoicing/admin/issue.html", {"plans": _shown(plans)}, back=back)
        return ask(self, request, question, chosen=[] if back else drafts)


def _contents(invoice: Invoice, wanted: str) -> dict[str, Any]:
    page = Paginator(invoice.lines.order_by("position"), LINES_A_PAGE).get_page(wanted)
    sums, note = shown_sums(invoice, at=timezone.now())
    return {
        "title": f"{invoice.get_kind_display().capitalize()} {invoice.number or '(draft)'}",
        "lines": shown_lines(list(page.object_list), invoice.currency),
        "lines_page": page,
        "sums": sums,
        "note": note,
        "blocked": bool(note) and not any(row.strong for row in sums),
        "is_draft": invoice.status == Invoice.Status.DRAFT,
    }


def _shown(plans: Any) -> list[dict[str, Any]]:
    return [
        {
            "invoice": plan.invoice,
            "due_on": plan.due_on,
            "problems": plan.problems,
            "warnings": plan.warnings,
            "total": money(plan.totals.total, plan.invoice.currency) if plan.sums.totals else "-",
        }
        for plan in plans
    ]


def _party(kept: dict[str, Any] | None) -> str:
    """Name and address as the document keeps them, one below the other."""
    if not kept:
        return "-"
    town = f"{kept.get('postcode', '')} {kept.get('city', '')}".strip()
    parts = (kept.get("name"), kept.get("line1"), kept.get("line2"), town, kept.get("country"), kept.get("vat_id"))
    return "\n".join(str(part) for part in parts if part)
