"""Why shadow and billing by hand came to different amounts, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.language import word
from invoicing.admin.lines import price_text, quantity_text
from invoicing.display import money
from tickets.comparison import Comparison
from tickets.reasons import sentence


def why_it_differs(one: Comparison) -> str:
    """What shadow would have charged, or why nothing; and where the ticket was billed by hand."""
    by_hand = _("By hand: %(references)s.") % {"references": ", ".join(one.references)} if one.references else ""
    return f"{_shadow(one)} {by_hand or _('Not billed by hand.')}"


def _shadow(one: Comparison) -> str:
    if not one.outcome:
        return _("Shadow did not plan it.")
    if not one.lines:
        return sentence(one.reason)
    return _("Shadow: %(lines)s.") % {"lines": " + ".join(_line(line, one.currency) for line in one.lines)}


def _line(line: Mapping[str, Any], currency: str) -> str:
    quantity = quantity_text(Decimal(line["quantity"]), line["unit"])
    price = price_text(Decimal(line["unit_price"]), line["price_per"], currency)
    return f"{word(line['kind'])} {quantity} × {price} = {money(line['amount_cents'], currency)}"
