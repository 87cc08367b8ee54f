"""A document's tax and sums, ready to be shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.language import active
from invoicing.display import money
from invoicing.lifecycle.totals import sums_of
from invoicing.models import Invoice
from rating.numerals import number


@dataclass(frozen=True, slots=True)
class ShownSum:
    """One row below the lines. `strong`: the last word."""

    label: str
    amount: str
    strong: bool = False


def shown_sums(invoice: Invoice, *, at: datetime) -> tuple[list[ShownSum], str]:
    """Sums as issued; of a draft as they would be issued now, or what stands in the way."""
    if invoice.status in (Invoice.Status.DRAFT, Invoice.Status.DISCARDED):
        return _draft_sums(invoice, at)
    taxes = [(line.category, line.rate, line.taxable_cents, line.tax_cents) for line in invoice.tax_lines.all()]
    discount, total = invoice.discount_cents or 0, invoice.total_cents or 0
    rows = totals_rows(invoice.currency, invoice.subtotal_cents, discount, taxes, total)
    if invoice.paid_cents:
        rows.append(ShownSum(_("Paid"), money(invoice.paid_cents, invoice.currency)))
    return rows, _joined(line.reason for line in invoice.tax_lines.all())


def _draft_sums(invoice: Invoice, at: datetime) -> tuple[list[ShownSum], str]:
    sums = sums_of([invoice], at=at)[invoice.pk]
    if sums.totals is None or sums.treatments is None:
        return [ShownSum(_("Subtotal"), money(invoice.subtotal_cents, invoice.currency))], sums.problem
    taxes = [(line.category, line.rate, line.taxable_cents, line.tax_cents) for line in sums.totals.lines]
    reason = _joined(sums.treatments.reason_of(line.category) for line in sums.totals.lines)
    rows = totals_rows(invoice.currency, sums.totals.subtotal, sums.totals.discount, taxes, sums.totals.total)
    return rows, reason


def _joined(reasons: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason))


def totals_rows(
    currency: str, subtotal: int, discount: int, taxes: Iterable[tuple[str, Decimal, int, int]], total: int
) -> list[ShownSum]:
    """Sums in minor units, one below the other; each tax as (category, rate, taxable, tax)."""
    rows = [ShownSum(_("Subtotal"), money(subtotal, currency))]
    if discount:
        rows.append(ShownSum(_("Discount"), money(-discount, currency)))
    for category, rate, taxable, tax in taxes:
        told = {"category": category, "rate": number(rate, active()), "taxable": money(taxable, currency)}
        label = _("Tax %(category)s %(rate)s %% of %(taxable)s") % told
        rows.append(ShownSum(label, money(tax, currency)))
    return [*rows, ShownSum(_("Total"), money(total, currency), strong=True)]
