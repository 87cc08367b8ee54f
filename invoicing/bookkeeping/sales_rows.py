"""Sales invoices by line, as QuickBooks Online and Xero import them; amounts without tax, in major units.

QuickBooks: "Import invoices" (columns of its sample file). Xero: "Import sales invoices" (columns of its template).
A document's discount is a line of its own for each tax, so that the lines sum to what is taxed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from config.bookkeeping import Bookkeeping
from invoicing.bookkeeping.booked import Booked, BookedLine
from invoicing.display import decimal_text
from rating.money import to_major

QUICKBOOKS = (
    "InvoiceNo", "Customer", "InvoiceDate", "DueDate", "Memo", "Item(Product/Service)", "ItemDescription",
    "ItemQuantity", "ItemRate", "ItemAmount", "ItemTaxCode", "Currency", "ServiceDate",
)  # fmt: skip
XERO = (
    "ContactName", "InvoiceNumber", "Reference", "InvoiceDate", "DueDate", "Description", "Quantity", "UnitAmount",
    "AccountCode", "TaxType", "Currency",
)  # fmt: skip
ONE = Decimal(1)


def quickbooks_rows(document: Booked, settings: Bookkeeping) -> Iterator[tuple[str, ...]]:
    """The rows of one document, columns as QUICKBOOKS."""
    for line in _with_discount(document):
        quantity, price = _multiplied(line, document.currency)
        yield (
            document.number, document.name, f"{document.issue_on:%d/%m/%Y}", f"{document.due_on:%d/%m/%Y}",
            document.corrects, "Services", line.description, quantity, price, _major(line.amount_cents, document),
            settings.tax_codes.get(line.tax, line.tax), document.currency, f"{document.last_day:%d/%m/%Y}",
        )  # fmt: skip


def xero_rows(document: Booked, settings: Bookkeeping) -> Iterator[tuple[str, ...]]:
    """The rows of one document, columns as XERO."""
    for line in _with_discount(document):
        quantity, price = _multiplied(line, document.currency)
        yield (
            document.name, document.number, document.corrects, f"{document.issue_on:%d/%m/%Y}",
            f"{document.due_on:%d/%m/%Y}", line.description, quantity, price, settings.sales_account,
            settings.tax_codes.get(line.tax, line.tax), document.currency,
        )  # fmt: skip


def _with_discount(document: Booked) -> Iterator[BookedLine]:
    sums: dict[str, int] = defaultdict(int)
    for line in document.lines:
        sums[line.tax] += line.amount_cents
        yield line
    for tax in document.taxes:
        if cut := tax.taxable_cents - sums[tax.tax]:
            yield BookedLine("Discount", ONE, to_major(cut, document.currency), 1, cut, tax.tax)


def _multiplied(line: BookedLine, currency: str) -> tuple[str, str]:
    """Quantity and price as the line has them; where such a program would round otherwise, one at the amount."""
    if line.price_per == 1 and line.quantity * line.unit_price == to_major(line.amount_cents, currency):
        return decimal_text(line.quantity), decimal_text(line.unit_price)
    return "1", f"{to_major(line.amount_cents, currency):f}"


def _major(cents: int, document: Booked) -> str:
    return f"{to_major(cents, document.currency):f}"
