"""Lines that people write on drafts, adjust and change (T-21): planned, then written, with the reason in the trail."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from contracts.models import Management
from invoicing import audit
from invoicing.lifecycle.drafts import add_to_draft
from invoicing.lifecycle.totals import issue_day
from invoicing.lifecycle.withdraw import COUNT, ensure_draft
from invoicing.models import Invoice, InvoiceLine
from invoicing.reasons import stated
from invoicing.transitions import InvalidTransition
from rating.by_hand import RULE, HandLine, hand_charge
from rating.charge import Charge
from rating.money import to_major

LONGEST_NAME = 1000
MOST_CENTS = 10**15


def plan_line(draft: Invoice, wanted: HandLine, *, key: str, at: datetime) -> Charge:
    """The line as it would stand on the draft. `key` is its own id.

    Raises InvalidTransition for a document that is no draft, ValueError with what the line lacks.
    """
    ensure_draft(draft)
    wanted = replace(wanted, description=wanted.description.strip())
    if not wanted.description:
        raise ValueError("say what the line bills")
    if len(wanted.description) > LONGEST_NAME:
        raise ValueError(f"say what the line bills in at most {LONGEST_NAME} characters")
    _ensure_company(draft, wanted.company)
    charge = hand_charge(wanted, reference=key, written_on=issue_day(at), currency=draft.currency)
    if not charge.amount_cents:
        raise ValueError("the line comes to nothing: give a quantity and a price that make an amount")
    if abs(charge.amount_cents) > MOST_CENTS:
        raise ValueError("the amount is too large")
    return charge


def _ensure_company(draft: Invoice, company: int | None) -> None:
    """Each line of an aggregate names a company that the partner manages or managed; other lines name none."""
    if draft.kind != Invoice.Kind.AGGREGATE:
        if company is not None:
            raise ValueError("only the lines of an aggregate invoice name a company")
    elif company is None:
        raise ValueError("choose the company: each line of an aggregate invoice names one")
    elif not Management.objects.filter(partner=draft.client_id, company=company).exists():
        raise ValueError("this company was never managed by the partner of the invoice")


@transaction.atomic
def add_line(invoice_id: int, wanted: HandLine, *, key: str, reason: str, by: str, at: datetime) -> InvoiceLine:
    """Write a line on a draft; the same `key`, as from a form that was sent twice, answers the same line.

    Raises as `plan_line` does, ValueError without a reason.
    """
    why = stated(reason)
    draft = _locked(invoice_id)
    return _written(draft, key) or _write(draft, wanted, key=key, reason=why, by=by, at=at)


@transaction.atomic
def adjust_line(
    invoice_id: int, line_id: int, cents: int, *, seen: str, key: str, reason: str, by: str, at: datetime
) -> InvoiceLine:
    """Make a line come to so many cents by a second line with the difference; the first stays as it is.

    `seen` is its fingerprint as the person saw it. Raises as `add_line` does, InvalidTransition where it was changed
    meanwhile, InvoiceLine.DoesNotExist for a line that is not on the draft any more.
    """
    why = stated(reason)
    draft = _locked(invoice_id)
    if written := _written(draft, key):
        return written
    first = draft.lines.get(pk=line_id)
    _ensure_unchanged(first, seen)
    wanted = difference_to(first, cents, draft.currency)
    return _write(draft, wanted, key=key, reason=why, by=by, at=at)


def _written(draft: Invoice, key: str) -> InvoiceLine | None:
    return draft.lines.filter(explanation__rule=RULE, explanation__inputs__line=key).first()


def _write(draft: Invoice, wanted: HandLine, *, key: str, reason: str, by: str, at: datetime) -> InvoiceLine:
    before = _sums(draft)
    line = InvoiceLine.objects.get(pk=add_to_draft(draft, plan_line(draft, wanted, key=key, at=at)))
    data = {"line": _told(line), "adjusts": wanted.adjusts, "before": before, "after": _counted(draft)}
    audit.record("invoice.line_added", draft, by=by, at=at, reason=reason, data=data)
    return line


def difference_to(line: InvoiceLine, cents: int, currency: str) -> HandLine:
    """The second line that makes this one come to so many cents. Raises ValueError where nothing would change."""
    missing = cents - line.amount_cents
    if not missing:
        raise ValueError("the line comes to that amount already")
    return HandLine(
        line.description,
        Decimal(1 if missing > 0 else -1),
        to_major(abs(missing), currency),
        line.item_tax_rate,
        line.goods,
        line.company_id,
        adjusts=line.description,
    )


@transaction.atomic
def change_line(
    invoice_id: int, line_id: int, wanted: HandLine, *, seen: str, reason: str, by: str, at: datetime
) -> InvoiceLine:
    """Change a line that a person wrote. `seen` is its fingerprint as the person saw it.

    Raises as `plan_line` does, InvalidTransition for a line of billing's own and where it was changed meanwhile.
    """
    why = stated(reason)
    draft = _locked(invoice_id)
    line = draft.lines.get(pk=line_id)
    if not is_by_hand(line):
        raise InvalidTransition("only lines written by hand are changed: adjust this one, or take it off")
    inputs = line.explanation["inputs"]
    charge = plan_line(draft, replace(wanted, adjusts=inputs["adjusts"]), key=inputs["line"], at=at)
    _ensure_unchanged(line, seen)
    before, was = _sums(draft), _told(line)
    line.description, line.quantity, line.unit_price = charge.description, charge.quantity, charge.unit_price
    line.item_tax_rate, line.goods, line.company_id = charge.tax_rate, charge.goods, charge.company
    line.amount_cents, line.explanation = charge.amount_cents, charge.explanation.as_dict()
    line.save()
    data = {"line": _told(line), "was": was, "before": before, "after": _counted(draft)}
    audit.record("invoice.line_changed", draft, by=by, at=at, reason=why, data=data)
    return line


def is_by_hand(line: InvoiceLine) -> bool:
    """Whether a person wrote the line."""
    return bool(line.explanation.get("rule") == RULE)


def fingerprint(line: InvoiceLine) -> str:
    """What tells a line from the same line after a change."""
    told = [line.pk, line.description, line.amount_cents, line.explanation]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def _ensure_unchanged(line: InvoiceLine, seen: str) -> None:
    if fingerprint(line) != seen:
        raise InvalidTransition("the line was changed meanwhile: look at it again")


def _locked(invoice_id: int) -> Invoice:
    found = Invoice.objects.select_for_update(no_key=True, of=("self",)).select_related("client")
    draft = found.get(pk=invoice_id)
    ensure_draft(draft)
    return draft


def _counted(draft: Invoice) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [draft.pk, draft.pk])
    draft.refresh_from_db(fields=["line_count", "subtotal_cents"])
    return _sums(draft)


def _sums(draft: Invoice) -> dict[str, int]:
    return {"lines": draft.line_count, "subtotal_cents": draft.subtotal_cents}


def _told(line: InvoiceLine) -> dict[str, Any]:
    return {"position": line.position, "description": line.description, "amount_cents": line.amount_cents}
