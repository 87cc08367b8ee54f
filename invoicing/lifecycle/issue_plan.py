"""What issuing drafts comes to, decided in sets and without writing: dates, sums, and what stands in the way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings as django_settings
from django.db import connection
from django.db.models import Max

import config
from contracts.models import Client
from invoicing.display import money
from invoicing.documents.content import NO_E_INVOICE, draft_content, lines_of
from invoicing.documents.einvoice.checking import problems_of
from invoicing.draft_review import outliers_of
from invoicing.lifecycle.snapshots import buyer_snapshot, seller_snapshot
from invoicing.lifecycle.totals import DocumentSums, facts_of, issue_day
from invoicing.models import Invoice
from invoicing.restored import refusal
from invoicing.tax import Treatments
from invoicing.vat_standing import UNCHECKED, standings
from rating.period import due_on
from rating.tax import Totals

ISSUED, HELD = "issued", "held"


@dataclass(frozen=True, slots=True)
class IssuePlan:
    """What issuing one draft comes to: issued with these sums, or held for these reasons. `number` is set when done.

    `warnings` are what a person should know and what does not stand in the way.
    """

    invoice: Invoice
    issue_on: date
    due_on: date
    sums: DocumentSums
    problems: tuple[str, ...] = ()
    number: str = ""
    warnings: tuple[str, ...] = ()
    buyer: dict[str, Any] | None = None

    @property
    def outcome(self) -> str:
        return HELD if self.problems else ISSUED

    @property
    def totals(self) -> Totals:
        """The sums of a draft that can be issued."""
        if self.sums.totals is None:
            raise ValueError(self.sums.problem)
        return self.sums.totals

    @property
    def treatments(self) -> Treatments:
        """The tax treatment of a draft that can be issued."""
        if self.sums.treatments is None:
            raise ValueError(self.sums.problem)
        return self.sums.treatments


def plan_issues(
    ids: Sequence[int], *, at: datetime, lock: bool = False, e_invoices: bool = True, within_bounds: bool = False
) -> list[IssuePlan]:
    """What issuing these drafts would do, in the order of their keys. Documents that are no drafts are left out.

    A discount of a month goes to the first of its drafts that is not held. Without `e_invoices` their rules are not
    tried, which takes seconds for long documents. `within_bounds` holds amounts out of the ordinary for a person.
    """
    drafts = (
        Invoice.objects.filter(pk__in=list(ids), status=Invoice.Status.DRAFT).select_related("client").order_by("pk")
    )
    if lock:
        drafts = drafts.select_for_update(no_key=True, of=("self",))
    found = list(drafts)
    unusual = outliers_of([one.pk for one in found], at=at) if within_bounds else {}
    return _Planner(found, at=at, lock=lock, e_invoices=e_invoices, unusual=unusual).plans()


class _Planner:
    """Reads in sets what the drafts of a batch need, and plans one after the other."""

    def __init__(
        self, drafts: Sequence[Invoice], *, at: datetime, lock: bool, e_invoices: bool, unusual: Collection[int]
    ) -> None:
        self._drafts = drafts
        self._unusual = unusual
        self._issue_on = issue_day(at)
        self._refusals = {kind: date_refusal(kind, self._issue_on, at) for kind in {draft.kind for draft in drafts}}
        self._no_number = refusal() if drafts else ""
        self._facts = facts_of(drafts, on=self._issue_on, lock=lock)
        self._sums = {draft.pk: self._facts.sums(draft) for draft in drafts}
        self._standings = standings([one.client for one in drafts if self._sums[one.pk].rests_on_vat_id], at=at)
        usual = config.billing().e_invoice
        checked = drafts if e_invoices else ()
        self._lines = lines_of([one.pk for one in checked if (one.client.e_invoice or usual) != NO_E_INVOICE])

    def plans(self) -> list[IssuePlan]:
        """One plan for each draft, in their order."""
        gone: set[int] = set()
        found = []
        for draft in self._drafts:
            sums = self._sums[draft.pk]
            if any(taken.offer.key in gone for taken in sums.discounts):
                sums = self._facts.sums(draft, gone=gone)
            plan = self._plan(draft, sums)
            if plan.outcome == ISSUED:
                gone |= {taken.offer.key for taken in plan.sums.discounts}
            found.append(plan)
        return found

    def _plan(self, draft: Invoice, sums: DocumentSums) -> IssuePlan:
        client = draft.client
        standing = self._standings.get(client.pk, UNCHECKED) if sums.rests_on_vat_id else UNCHECKED
        problems = [
            self._no_number,
            self._refusals[draft.kind],
            sums.problem,
            *_missing(client),
            standing.problem,
            _owes(sums, draft),
        ]
        if not draft.line_count:
            problems.append("the draft has no lines")
        if draft.pk in self._unusual:
            problems.append("amounts are out of the ordinary: a person looks at them, and issues the draft")
        plan = IssuePlan(
            draft,
            self._issue_on,
            due_on(self._issue_on, _terms(draft)),
            sums,
            tuple(problem for problem in problems if problem),
            warnings=(standing.warning,) if standing.warning else (),
            buyer=buyer_snapshot(client, standing.check),
        )
        return plan if plan.problems or draft.pk not in self._lines else self._with_e_invoice(plan)

    def _with_e_invoice(self, plan: IssuePlan) -> IssuePlan:
        """The plan with what keeps its e-invoice from being valid, judged before it has a number."""
        buyer = plan.buyer or {}
        content = draft_content(
            plan.invoice, self._lines[plan.invoice.pk], plan.sums,
            issue_on=plan.issue_on, due_on=plan.due_on, seller=seller_snapshot(), buyer=buyer,
        )  # fmt: skip
        return replace(plan, problems=tuple(problems_of(content, buyer["e_invoice"])))


def _owes(sums: DocumentSums, draft: Invoice) -> str:
    """Money goes back by a credit note of the document that asked for it, never by an invoice below zero."""
    if sums.totals is None or sums.totals.subtotal >= 0:
        return ""
    subtotal = money(sums.totals.subtotal, draft.currency)
    return f"the lines come to {subtotal}: take some off, or credit an issued document instead"


def _terms(draft: Invoice) -> int:
    """Days to pay: the client's, else those of partners or of other clients."""
    if draft.client.payment_terms_days is not None:
        return draft.client.payment_terms_days
    settings = config.billing()
    is_partners = draft.client.is_partner or draft.kind == Invoice.Kind.AGGREGATE
    return settings.partner_due_days if is_partners else settings.due_days


def _missing(client: Client) -> list[str]:
    """What the law asks of the recipient's address and is not there."""
    wanted = {"name": client.name, "address": client.address_line1, "postcode": client.postcode, "city": client.city}
    missing = [name for name, value in wanted.items() if not value.strip()]
    return [f"client {client.external_id} has no {', no '.join(missing)}"] if missing else []


def date_refusal(kind: str, issue_on: date, at: datetime) -> str:
    """Documents of a kind leave in the order of their dates, none dated ahead; tests and trials may do otherwise."""
    if django_settings.APP_ENV != "production":
        return ""
    newest = Invoice.objects.filter(kind=kind, issue_on__isnull=False).aggregate(newest=Max("issue_on"))["newest"]
    if newest is not None and issue_on < newest:
        return f"the issue date {issue_on} is before {newest}, the date of a document already issued"
    with connection.cursor() as cursor:
        cursor.execute("SELECT now() < %s", [at])
        (ahead,) = cursor.fetchone()
    return f"the issue date {issue_on} is in the future" if ahead else ""
