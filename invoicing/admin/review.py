"""A draft before it is issued: what is missing, what changed since the last document, what is out of the ordinary."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.language import word
from invoicing.display import figure, money, signed_money
from invoicing.draft_review import AMOUNT_TIMES, LINE, RATE_TIMES, TOTAL, Change, Outlier, compare, outliers_of
from invoicing.explaining import price
from invoicing.lifecycle.issue_plan import plan_issues
from invoicing.models import Discount, Invoice

MOST_CHANGES: Final = 100
MOST_CHECKED: Final = 500
WHAT: Final = {"new": gettext_lazy("new"), "gone": gettext_lazy("gone"), "changed": gettext_lazy("changed")}


def review_of(draft: Invoice, *, at: datetime) -> dict[str, Any]:
    """What the page of a draft says above its lines. Long ones have their e-invoice checked at issue alone."""
    checked = draft.line_count <= MOST_CHECKED
    plans = plan_issues([draft.pk], at=at, e_invoices=checked)
    unusual = outliers_of([draft.pk], at=at).get(draft.pk, [])
    compared = compare(draft)
    shown: dict[str, Any] = {
        "problems": [problem for plan in plans for problem in plan.problems],
        "warnings": [warning for plan in plans for warning in plan.warnings],
        "discounts": [_discount(one, draft.currency) for one in Discount.objects.filter(invoice=draft)],
        "outliers": [_sentence(one, draft.currency) for one in unusual[:MOST_CHANGES]],
        "marked": {one.line for one in unusual if one.line is not None},
        "compared": None,
    }
    if compared is not None:
        shown["compared"] = {
            "last": compared.last,
            "changes": [_change(one, draft.currency) for one in compared.changes[:MOST_CHANGES]],
            "unshown": max(0, len(compared.changes) - MOST_CHANGES),
            "same": compared.same,
            "before": money(compared.last.subtotal_cents, draft.currency),
            "now": money(draft.subtotal_cents, draft.currency),
            "difference": signed_money(draft.subtotal_cents - compared.last.subtotal_cents, draft.currency),
        }
    return shown


def _change(change: Change, currency: str) -> dict[str, str]:
    return {
        "company": change.item.company,
        "description": change.description if change.item.name else word(change.item.kind),
        "what": str(WHAT[change.what]),
        "before": "-" if change.before_cents is None else money(change.before_cents, currency),
        "now": "-" if change.now_cents is None else money(change.now_cents, currency),
        "difference": signed_money(change.difference_cents, currency),
    }


def _sentence(found: Outlier, currency: str) -> str:
    """What is out of bounds, and what it mostly is."""
    if found.what == TOTAL:
        return _("The subtotal is above %(times)s times the usual %(usual)s.") % {
            "times": AMOUNT_TIMES, "usual": _cents(found.usual, currency),
        }  # fmt: skip
    if found.what == LINE:
        return _("Line %(position)s: %(now)s is above %(times)s times the usual %(usual)s.") % {
            "position": found.position, "now": _cents(found.is_now, currency), "times": AMOUNT_TIMES,
            "usual": _cents(found.usual, currency),
        }  # fmt: skip
    return _("Line %(position)s: the price %(now)s is above %(times)s times the usual %(usual)s.") % {
        "position": found.position, "now": price(found.is_now, currency), "times": RATE_TIMES,
        "usual": price(found.usual, currency),
    }  # fmt: skip


def _cents(amount: Decimal, currency: str) -> str:
    return money(int(amount), currency)


def _discount(discount: Discount, currency: str) -> dict[str, Any]:
    return {"pk": discount.pk, "reason": discount.reason, "figure": figure_of(discount, currency)}


def figure_of(discount: Discount, currency: str) -> str:
    """The percentage or the amount."""
    if discount.percent is not None:
        return f"{figure(discount.percent)} %"
    return money(discount.amount_cents or 0, currency)
