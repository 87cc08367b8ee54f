"""The statement of a company: its lines on an aggregate invoice, the units behind them, and these as a file."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.formats import date_format
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.views import DeskView
from accounts.limits import EXPORTS, limited
from contracts.models import Client
from gateway_billing.annex import AnnexUnit, annex_units
from gateway_billing.management.annex_table import HEAD, annex_row
from invoicing.admin.lines import label_of, price_text, quantity_of, quantity_text
from invoicing.display import money
from invoicing.explaining import in_words
from invoicing.models import Claim, Invoice, InvoiceLine

UNITS_SHOWN = 100
SEEN = ("invoicing.view_invoice", "gateway_billing.view_call", "gateway_billing.view_servicecase")


class StatementView(DeskView):
    """A company on a document."""

    permission_required = SEEN
    template_name = "gateway_billing/admin/statement.html"
    title = gettext_lazy("Statement")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Context: the company, its lines with their units counted, the first units, and the sum."""
        document, company = _document(kwargs["document"]), get_object_or_404(Client, pk=kwargs["company"])
        lines = list(document.lines.filter(company=company).order_by("position"))
        if not lines:
            raise Http404("this company is not on the document")
        units = list(islice(annex_units(document, company), UNITS_SHOWN + 1))
        told = {"company": company.name, "document": document.number or _("draft")}
        return {
            **super().get_context_data(**kwargs),
            "title": _("%(company)s on %(document)s") % told,
            "document": document,
            "company": company,
            "lines": _shown_lines(lines, document.currency),
            "sum": money(sum(line.amount_cents for line in lines), document.currency),
            "units": [_shown_unit(document, unit) for unit in units[:UNITS_SHOWN]],
            "cut": len(units) > UNITS_SHOWN,
        }


class AnnexView(DeskView):
    """The calls and cases behind a document, or behind one of its companies, as CSV."""

    permission_required = SEEN
    title = gettext_lazy("Annex")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - Django's signature
        """Stream the rows as they are read."""
        return self._file(request, **kwargs)

    @limited(EXPORTS)
    def _file(self, request: HttpRequest, /, **kwargs: Any) -> StreamingHttpResponse:  # noqa: ARG002 - who asks is counted
        document = _document(kwargs["document"])
        company = get_object_or_404(Client, pk=kwargs["company"]) if "company" in kwargs else None
        parts = [document.number or document.external_id, *([company.external_id] if company else [])]
        name = f"annex-{'-'.join(parts)}.csv"
        return StreamingHttpResponse(
            _rows(document, company),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )


class _Line:
    """What takes one row of CSV at a time and hands it on."""

    def write(self, text: str) -> str:
        return text


def _rows(document: Invoice, company: Client | None) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(HEAD)
    for unit in annex_units(document, company):
        yield writer.writerow(annex_row(document, unit))


def _document(key: int) -> Invoice:
    """The aggregate invoice. Raises Http404 for any other document."""
    return get_object_or_404(Invoice.objects.select_related("client"), pk=key, kind=Invoice.Kind.AGGREGATE)


def _shown_lines(lines: list[InvoiceLine], currency: str) -> list[dict[str, Any]]:
    """The lines with their explanations; units are counted, not named: there may be thousands."""
    counts: dict[int, list[str]] = defaultdict(list)
    claims = Claim.objects.filter(line__in=lines).values_list("line", "kind").annotate(units=Count("pk"))
    for line, kind, units in claims.order_by("line", "kind"):
        counts[line or 0].append(f"{units} × {label_of(kind)}")
    return [
        {
            "position": line.position,
            "what": line.description,
            "words": in_words(line.explanation),
            "units": ", ".join(counts[line.pk]),
            "quantity": quantity_text(line.quantity, line.unit),
            "price": price_text(line.unit_price, line.price_per, currency),
            "amount": money(line.amount_cents, currency),
        }
        for line in lines
    ]


def _shown_unit(document: Invoice, unit: AnnexUnit) -> dict[str, Any]:
    return {
        "line": unit.line,
        "label": label_of(unit.kind),
        "reference": unit.reference or "",
        "at": date_format(unit.at.astimezone(document.client.zone), "DATETIME_FORMAT") if unit.at else "",
        "quantity": quantity_of(unit.kind, unit.quantity) if unit.duration_seconds is not None else "",
        "amount": "" if unit.amount_cents is None else money(unit.amount_cents, document.currency),
        "subject": unit.subject,
    }
