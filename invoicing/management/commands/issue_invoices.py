"""Give drafts their number."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.db.models import QuerySet

from invoicing.display import decimal_text, money, sums
from invoicing.lifecycle.issue import HELD, ISSUED, IssuePlan, issue_invoices, plan_issues
from invoicing.management import acting, edges
from invoicing.management.listing import JsonListing
from invoicing.models import Invoice
from invoicing.sending import send_invoices

PAGE = 500
NOT_SENT = "not sent"


class Command(edges.EdgeCommand):
    help = "Give drafts their number: all of them, one client's, or one. What cannot be issued says why."

    _unsent = 0

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--client", metavar="ID", help="only this client's drafts")
        parser.add_argument("--invoice", metavar="ID", help="only the draft with this id")
        parser.add_argument("--send", action="store_true", help="send what is issued as its recipients chose")
        edges.add_run_options(parser)

    def handle(
        self,
        *,
        client: str | None,
        invoice: str | None,
        send: bool,
        dry_run: bool,
        at: str | None,
        by: str | None,
        **options: Any,
    ) -> None:
        """Exit 0; 1 when a draft is held, a document cannot be sent, or an option names nothing."""
        moment = edges.moment(at)
        actor = acting.actor(by, "invoicing.send_invoice").name if send else edges.person(by)
        drafts = self._drafts(client, invoice)
        write = issued_and_sent if send else issue_invoices
        pages = _pages(drafts, plan_issues if dry_run else partial(write, by=actor), at=moment)
        report = self._as_json if options["format"] == "json" else self._as_text
        with acting.refusals():
            counts = report(pages, at=moment, dry_run=dry_run)
        self.tell_dry_run(dry_run)
        problems = [f"{counts[HELD]} of {counts.total()} drafts cannot be issued"] if counts[HELD] else []
        if self._unsent:
            problems.append(f"{self._unsent} of {counts[ISSUED]} documents cannot be sent")
        if problems:
            raise CommandError("; ".join(problems))

    def _drafts(self, client: str | None, invoice: str | None) -> QuerySet[Invoice]:
        found = Invoice.objects.all()
        if client is not None:
            found = found.filter(client=edges.client_named(client))
        if invoice is not None:
            found = found.filter(external_id=invoice)
            document = found.first()
            if document is None:
                raise CommandError(f"there is no document {invoice!r}{f' of client {client!r}' if client else ''}")
            if document.status == Invoice.Status.DISCARDED:
                raise CommandError(f"document {invoice!r} was discarded and cannot be issued")
            if document.number:
                self.stderr.write(f"document {invoice!r} was issued before, as {document.number}")
        return found.filter(status=Invoice.Status.DRAFT)

    def _as_json(self, pages: Iterator[list[IssuePlan]], *, at: datetime, dry_run: bool) -> Counter[str]:
        listing = JsonListing(self.stdout, {"at": at.isoformat(), "dry_run": dry_run}, "invoices")
        counts, totals = Counter[str](), Counter[str]()
        for page in self._followed(pages, counts, totals):
            listing.add(map(plan_as_dict, page))
        summary = {ISSUED: counts[ISSUED], HELD: counts[HELD], "total_cents": dict(sorted(totals.items()))}
        listing.end({"summary": summary})
        return counts

    def _as_text(self, pages: Iterator[list[IssuePlan]], **_: object) -> Counter[str]:
        counts, totals = Counter[str](), Counter[str]()
        for page in self._followed(pages, counts, totals):
            for plan in page:
                self.stdout.write(_line(plan))
        documents = f"{counts.total()} draft{'' if counts.total() == 1 else 's'}"
        self.stdout.write(f"{documents}: {counts[ISSUED]} issued, {counts[HELD]} held; {sums(totals)}")
        return counts

    def _followed(
        self, pages: Iterator[list[IssuePlan]], counts: Counter[str], totals: Counter[str]
    ) -> Iterator[list[IssuePlan]]:
        """The pages as they come, counted, with progress."""
        progress = edges.Progress("drafts", out=self.stdout, err=self.stderr)
        for page in pages:
            yield page
            for plan in page:
                counts[plan.outcome] += 1
                self._unsent += any(warning.startswith(NOT_SENT) for warning in plan.warnings)
                if plan.outcome == ISSUED:
                    totals[plan.invoice.currency] += plan.totals.total
            progress.add(len(page))
        progress.end()


@transaction.atomic
def issued_and_sent(ids: Sequence[int], *, at: datetime, by: str) -> list[IssuePlan]:
    """Issue drafts and send them, both or neither; what cannot be sent is issued all the same, with a warning."""
    plans = issue_invoices(ids, at=at, by=by)
    sendings = send_invoices([plan.invoice.pk for plan in plans if plan.outcome == ISSUED], at=at, by=by)
    unsent = {one.document.pk: f"{NOT_SENT}: {one.problem}" for one in sendings if one.problem}
    return [
        replace(plan, warnings=(*plan.warnings, unsent[plan.invoice.pk])) if plan.invoice.pk in unsent else plan
        for plan in plans
    ]


def _pages(
    drafts: QuerySet[Invoice], act: Callable[..., list[IssuePlan]], *, at: datetime
) -> Iterator[list[IssuePlan]]:
    """Issue, or plan, in keyset pages; each page is a transaction of its own."""
    last = 0
    while ids := list(drafts.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PAGE]):
        last = ids[-1]
        yield act(ids, at=at)


def plan_as_dict(plan: IssuePlan) -> dict[str, object]:
    """A draft and what issuing it came to, as scripts read it. A held draft has no dates; sums where they are known."""
    sums_known = plan.sums.totals
    lines = sums_known.lines if sums_known else ()
    issued = plan.outcome == ISSUED
    return {
        "invoice": plan.invoice.external_id,
        "client": plan.invoice.client.external_id,
        "outcome": plan.outcome,
        "reason": list(plan.problems),
        "warnings": list(plan.warnings),
        "number": plan.number or None,
        "issue_date": plan.issue_on.isoformat() if issued else None,
        "due_date": plan.due_on.isoformat() if issued else None,
        "subtotal_cents": plan.invoice.subtotal_cents,
        "discount_cents": sums_known.discount if sums_known else None,
        "tax": [
            {
                "category": line.category,
                "rate": decimal_text(line.rate),
                "taxable_cents": line.taxable_cents,
                "tax_cents": line.tax_cents,
            }
            for line in lines
        ],
        "tax_cents": sums_known.tax if sums_known else None,
        "total_cents": sums_known.total if sums_known else None,
        "currency": plan.invoice.currency,
    }


def _line(plan: IssuePlan) -> str:
    draft = plan.invoice
    name = plan.number or f"draft {draft.external_id}"
    if plan.outcome == HELD:
        return f"{name}  {draft.client.external_id:16}  held: {'; '.join(plan.problems)}"
    warned = f"; note: {'; '.join(plan.warnings)}" if plan.warnings else ""
    return (
        f"{name}  {draft.client.external_id:16}  {money(plan.totals.total, draft.currency)}, due {plan.due_on}{warned}"
    )
