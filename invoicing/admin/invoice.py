"""Documents: the list with its sums, and the page with every line explained and what is done with the document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.marks import display
from accounts.desk.searching import Of, Start
from invoicing.admin.around import around
from invoicing.admin.correcting import Corrections
from invoicing.admin.downloads import Downloads
from invoicing.admin.drafting import Drafting
from invoicing.admin.filters import Billed, Currency, IssuedIn, OfClient, Overdue
from invoicing.admin.issuing import Issuing
from invoicing.admin.lines import headed, shown_lines
from invoicing.admin.list_sums import list_sums
from invoicing.admin.paying import Payments
from invoicing.admin.review import review_of
from invoicing.admin.sending import Sends
from invoicing.admin.totals import shown_sums
from invoicing.display import money
from invoicing.lifecycle.totals import issue_day, sums_of
from invoicing.models import Invoice

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList

STATUS = {"draft": "info", "open": "warning", "paid": "success", "void": "danger", "uncollectible": "danger"}
LINES_A_PAGE = 200


class InvoiceList(ChangeList):
    """The rows of a page with the totals that its drafts would have, worked out together, and the sums of the list."""

    sums: dict[str, Any]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        drafts = [row for row in self.result_list if row.status == Invoice.Status.DRAFT]
        found = sums_of(drafts, at=timezone.now()) if drafts else {}
        for row in self.result_list:
            sums = found.get(row.pk)
            row.shown_total = sums.totals.total if sums and sums.totals else row.total_cents
        self.sums = list_sums(self.queryset, list(self.result_list), self.result_count)


@admin.register(Invoice)
class InvoicePage(Issuing, Sends, Payments, Corrections, Drafting, Downloads):
    """Written by billing, read by people, and what is to be done with each document."""

    list_display = ("name", "status_label", "client", "period", "issue_on", "due", "total", "left")
    list_filter = (OfClient, "status", "kind", IssuedIn, Billed, Overdue, Currency)
    list_select_related = ("client",)
    list_before_template = "invoicing/admin/list_sums.html"
    ways = (Start("number"), Start("external_id"), Of("client"))
    search_help_text = gettext_lazy("Number, id or client")
    ordering = ("-pk",)
    actions = ("issue", "send")
    actions_detail = (
        "issue_this", "pay_this", "send_this", "pdf", "xml", "add_line", "discount_this", "adjust_line", "change_line",
        "take_off", "discard_this", "credit_this", "void_this", "give_up_this",
    )  # fmt: skip
    change_form_outer_before_template = "invoicing/admin/review.html"
    change_form_after_template = "invoicing/admin/document.html"
    fieldsets = (
        (None, {"fields": (("client", "kind", "status", "period"), ("issue_on", "due_on", "issued_by", "cancels"),
                           ("recipient", "sender"))}),
    )  # fmt: skip

    def name_of(self, row: Any) -> str:
        """A document by its number; a draft, which has none, by its client and month."""
        if row.number:
            return str(row.number)
        named = {"client": row.client, "month": self.period(row)}
        return (_("Draft for %(client)s, %(month)s") if row.period_start else _("Draft for %(client)s")) % named

    @display(description=gettext_lazy("Number"), ordering="number")
    def name(self, invoice: Invoice) -> str:
        return invoice.number or _("draft")

    @display(description=gettext_lazy("Status"), ordering="status", label=STATUS)
    def status_label(self, invoice: Invoice) -> tuple[str, str]:
        return invoice.status, invoice.get_status_display()

    @display(description=gettext_lazy("Period"), ordering="period_start")
    def period(self, invoice: Invoice) -> str:
        return f"{invoice.period_start:%Y-%m}" if invoice.period_start else "-"

    @display(description=gettext_lazy("Due"), ordering="due_on")
    def due(self, invoice: Invoice) -> SafeString | str:
        if invoice.due_on is None:
            return "-"
        late = is_overdue(invoice)
        day = f"{invoice.due_on:%Y-%m-%d}"
        return format_html('<span class="desk-error">{}<br>{}</span>', day, _("overdue")) if late else day

    @display(description=gettext_lazy("Total"), ordering="total_cents")
    def total(self, invoice: Any) -> str:
        return "-" if invoice.shown_total is None else money(invoice.shown_total, invoice.currency)

    @display(description=gettext_lazy("Left to pay"))
    def left(self, invoice: Invoice) -> str:
        return money(invoice.open_cents, invoice.currency) if invoice.status == Invoice.Status.OPEN else "-"

    @display(description=gettext_lazy("Recipient as on the document"))
    def recipient(self, invoice: Invoice) -> str:
        return _party(invoice.buyer)

    @display(description=gettext_lazy("Seller as on the document"))
    def sender(self, invoice: Invoice) -> str:
        return _party(invoice.seller)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002
        return InvoiceList

    def beside_form(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        """The document with one page of its lines, its sums, and what belongs to it."""
        invoice = self.get_object(request, object_id or "")
        shown: dict[str, Any] = {}
        if invoice and self.has_view_permission(request, invoice):
            shown = {**_contents(invoice, request.GET.get("lines", "1")), **around(invoice)}
            shown["may_draft"] = shown["is_draft"] and self.has_draft_permission(request, object_id)
            shown["further"] = self.further(request, object_id or "")
        return shown


def is_overdue(invoice: Invoice) -> bool:
    """Whether the document waits for money that should be there by now."""
    waits = invoice.status == Invoice.Status.OPEN and invoice.cancels_id is None
    return bool(waits and invoice.due_on and invoice.due_on < issue_day(timezone.now()))


def _contents(invoice: Invoice, wanted: str) -> dict[str, Any]:
    now, is_draft = timezone.now(), invoice.status == Invoice.Status.DRAFT
    lines = invoice.lines.select_related("company").order_by("position")
    page = Paginator(lines, LINES_A_PAGE).get_page(wanted)
    sums, note = shown_sums(invoice, at=now)
    kind = invoice.get_kind_display().capitalize()
    return {
        "title": f"{kind} {invoice.number or _('(draft)')}",
        "document": invoice,
        "overdue": is_overdue(invoice),
        "lines": headed(shown_lines(list(page.object_list), invoice.currency)),
        "lines_page": page,
        "sums": sums,
        "note": note,
        "blocked": bool(note) and not any(row.strong for row in sums),
        "is_draft": is_draft,
        "review": review_of(invoice, at=now) if is_draft else None,
    }


def _party(kept: dict[str, Any] | None) -> str:
    """Name and address as the document keeps them, one below the other."""
    if not kept:
        return "-"
    town = f"{kept.get('postcode', '')} {kept.get('city', '')}".strip()
    parts = (kept.get("name"), kept.get("line1"), kept.get("line2"), town, kept.get("country"), kept.get("vat_id"))
    return "\n".join(str(part) for part in parts if part)
