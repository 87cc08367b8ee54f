"""What the commands have in common that give back what a document billed."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any, get_args

from django.core.management.base import CommandError, OutputWrapper
from django.db.models import Q

from invoicing.display import money
from invoicing.lifecycle.correction import CorrectionPlan
from invoicing.management import acting, edges
from invoicing.models import Invoice
from invoicing.planned_lines import line_as_dict
from invoicing.sources import Then


def add_options(parser: ArgumentParser) -> None:
    """The document, what becomes of its work, why, and the options of every run."""
    parser.add_argument("invoice", metavar="ID", help="the document's id or number")
    parser.add_argument("--then", choices=get_args(Then), default="bill", help="what becomes of the work")
    acting.add_reason(parser)
    edges.add_run_options(parser)


def document_named(name: str) -> Invoice:
    """The document with this id or number. Raises CommandError where there is none."""
    found = Invoice.objects.select_related("client").filter(Q(external_id=name) | Q(number=name)).first()
    if found is None:
        raise CommandError(f"there is no document {name!r}")
    return found


def as_dict(plan: CorrectionPlan, *, then: str | None, at: datetime, dry_run: bool) -> dict[str, Any]:
    """The plan as scripts read it; amounts in minor units, below zero."""
    return {
        "at": at.isoformat(), "dry_run": dry_run, "invoice": plan.first.external_id, "cancels": plan.first.number,
        "client": plan.first.client.external_id, "kind": plan.kind, "number": plan.number or None, "then": then,
        "units": plan.releases, "lines": [line_as_dict(charge) for _, charge in plan.lines],
        "subtotal_cents": plan.sums.subtotal, "discount_cents": plan.sums.discount, "tax_cents": plan.sums.tax,
        "total_cents": plan.sums.total, "currency": plan.first.currency,
    }  # fmt: skip


def tell(out: OutputWrapper, told: dict[str, Any], *, as_json: bool) -> None:
    """Print the plan."""
    if as_json:
        out.write(json.dumps(told))
        return
    what = str(told["kind"]).replace("_", " ")
    number = told["number"] or "(number comes with the issue)"
    total = money(told["total_cents"], told["currency"])
    out.write(f"{what} {number} of {told['cancels']} for {told['client']}: {total}, {told['units']} units given back")
    for line in told["lines"]:
        out.write(f"  {line['description']}: {money(line['amount_cents'], told['currency'])}")
