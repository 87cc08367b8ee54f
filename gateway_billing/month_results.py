"""What is kept of a month that a job planned or ran, so that a page can show it: texts, in bounded size."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from gateway_billing import wording
from gateway_billing.management.month_report import OUTCOMES, Summary
from gateway_billing.month_plan import FAILED, CompanyPart, MonthPlan
from invoicing.display import figure, money, sums
from invoicing.models import Invoice

# Lines that a result keeps, and companies: what is beyond is left to dry runs of one partner.
MOST_LINES: Final = 2000
MOST_COMPANIES: Final = 1000


@dataclass
class Kept:
    """The partners of a month as they come, with their companies and lines while there is room."""

    month: str
    dry_run: bool
    summary: Summary = field(default_factory=Summary)
    partners: list[dict[str, Any]] = field(default_factory=list)
    planned: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: int = 0
    companies: int = 0
    cut: bool = False

    def add(self, plan: MonthPlan) -> None:
        """Keep one more partner; of a dry run also what the page of the month shows, in minor units."""
        self.summary.add(plan)
        self.partners.append(self._partner(plan))
        if self.dry_run:
            cents = {"subtotal_cents": plan.sums.subtotal_cents, "total_cents": plan.sums.total_cents}
            self.planned[str(plan.partner.pk)] = {"outcome": plan.outcome, **cents}

    def as_dict(self) -> dict[str, Any]:
        """The result of the job, with the keys of the documents looked up in one query."""
        names = [row["document"] for row in self.partners if row["document"]]
        keys = dict(Invoice.objects.filter(external_id__in=names).values_list("external_id", "pk"))
        words = wording.PLANNED if self.dry_run else wording.DONE
        counts = self.summary.counts
        return {
            "month": self.month,
            "dry_run": self.dry_run,
            "bad": sum(row["bad"] for row in self.partners),
            "counts": [[words[name], counts[name]] for name in OUTCOMES if counts[name]],
            "sum": sums(self.summary.subtotals),
            "partners": [{**row, "document": keys.get(row["document"])} for row in self.partners],
            "cut": self.cut,
            "planned": self.planned,
        }

    def _partner(self, plan: MonthPlan) -> dict[str, Any]:
        currency, cents = plan.partner.currency, plan.sums
        words = wording.PLANNED if self.dry_run else wording.DONE
        return {
            "key": plan.partner.pk,
            "name": plan.partner.name,
            "state": words[plan.outcome],
            "bad": plan.outcome == FAILED or plan.unfinished,
            "reason": wording.reason(plan.reason),
            "document": plan.invoice,
            "document_name": plan.number or plan.invoice,
            "subtotal": money(cents.subtotal_cents, currency) if plan.parts else "",
            "total": "" if cents.total_cents is None else money(cents.total_cents, currency),
            "companies": [_company(part, currency) for part in plan.parts if self._has_room(part)],
            "unbilled": [[units, wording.unbilled(reason)] for reason, units in sorted(plan.unbilled.items())],
        }

    def _has_room(self, part: CompanyPart) -> bool:
        fits = self.companies < MOST_COMPANIES and self.lines + len(part.lines) <= MOST_LINES
        self.companies += fits
        self.lines += len(part.lines) * fits
        self.cut = self.cut or not fits
        return fits


def _company(part: CompanyPart, currency: str) -> dict[str, Any]:
    return {
        "name": part.name,
        "subtotal": money(part.subtotal_cents, currency),
        "lines": [
            {
                "what": line["description"],
                "quantity": f"{figure(Decimal(line['quantity']))} {line['unit']}".strip(),
                "amount": money(line["amount_cents"], currency),
            }
            for line in part.lines
        ],
    }
