"""Documents against their invoices at Stripe: what is open on either side, and what Stripe was given lately."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import Q, QuerySet

from invoicing.models import Anomaly, Invoice, Payment, StripeCall, StripeInvoice
from invoicing.models.stripe import StripeCallStatus
from invoicing.stripe import anomalies, client
from invoicing.stripe.findings import Finding, gone_there
from invoicing.stripe.matching import OURS
from invoicing.stripe.problems import NOT_FOUND, StripeProblem
from invoicing.stripe.reconciliation.comparing import Ours, compare
from invoicing.stripe.reconciliation.difference import Difference, Outcome, pages, show
from invoicing.stripe.reconciliation.mending import mended
from invoicing.stripe.shapes import VOID, InvoiceFacts, Misshapen, Object, invoice_facts

LATELY: Final = timedelta(days=35)  # more than a month, and than Stripe keeps events
# What is closed by itself once it is gone: kinds that looking at one document and its invoice tells.
JUDGED: Final = (
    "stripe_currency_differs", "stripe_total_differs", "stripe_payment_not_recorded", "paid_at_stripe_open_here",
    "paid_at_stripe", "open_at_stripe", "draft_at_stripe", "void_at_stripe", "uncollectible_at_stripe",
    "gone_at_stripe",
)  # fmt: skip
GONE: Final = "gone: here and at Stripe it is the same now"


@dataclass
class Run:
    """One comparison. `seen`: documents that were compared; `judged`: those of them of which all was looked at."""

    at: datetime
    by: str
    dry_run: bool
    seen: set[int] = field(default_factory=set)
    judged: set[int] = field(default_factory=set)
    found: set[str] = field(default_factory=set)


class Pair(NamedTuple):
    document: int
    told: InvoiceFacts


def differing_documents(run: Run) -> Iterator[Difference]:
    """All differences of documents, repaired where that is safe. Raises StripeProblem."""
    lately = {"gte": int((run.at - LATELY).timestamp())}
    for wanted in ({"status": "open"}, {"created": lately}):
        for page in pages(client.find_invoices(**wanted, expand=["data.payments"])):
            yield from _noted(run, _listed(run, page))
    for ids in (_open_here(), _shown_before()):
        for missing in pages(pk for pk in ids if pk not in run.seen):
            yield from _noted(run, _asked_for(run, missing))
    yield from _gone(run)


def _noted(run: Run, differences: Iterable[Difference]) -> Iterator[Difference]:
    for one in differences:
        if one.outcome is not Outcome.REPAIRED:
            run.found.add(one.key)
        yield one


def _listed(run: Run, page: Sequence[Object]) -> Iterator[Difference]:
    """A page of Stripe's list; what is not ours is left out."""
    pairs = []
    for thing, pk, document in _matched(page):
        told = _readable(thing)
        if isinstance(told, Difference):
            yield told
        elif pk is not None:
            pairs.append(Pair(pk, told))
        elif told.status != VOID:
            yield _stranger(run, told, document, thing["metadata"][OURS])
    yield from _compared(run, [pair for pair in pairs if pair.document not in run.seen])


def _matched(page: Sequence[Object]) -> Iterator[tuple[Object, int | None, Invoice | None]]:
    """Each invoice that is ours with the key of its document, by its id there or else by our id in its metadata.

    No key: it is not the one of that document, or there is no such document.
    """
    rows = StripeInvoice.objects.filter(stripe_id__in=[one["id"] for one in page])
    by_id = dict(rows.values_list("stripe_id", "invoice_id"))
    names = {one["id"]: str((one["metadata"] or {}).get(OURS, "")) for one in page}
    wanted = [name for stripe_id, name in names.items() if name and stripe_id not in by_id]
    by_name = {one.external_id: one for one in Invoice.objects.filter(external_id__in=wanted).select_related("stripe")}
    for one in page:
        document = by_name.get(names[one["id"]])
        if one["id"] in by_id:
            yield one, by_id[one["id"]], None
        elif document is not None and not hasattr(document, "stripe"):
            yield one, document.pk, document
        elif names[one["id"]]:
            yield one, None, document


def _readable(thing: Object) -> InvoiceFacts | Difference:
    try:
        return invoice_facts(thing)
    except Misshapen as problem:
        finding = Finding("stripe_not_readable", f"Invoice {thing['id']} at Stripe cannot be read.", thing["id"])
        return Difference(finding, stripe_id=thing["id"]).failed(f"{problem}.")


def _stranger(run: Run, told: InvoiceFacts, document: Invoice | None, name: str) -> Difference:
    if document is None:
        text = f"Invoice {told.id} at Stripe names our document {name}, which is not here: was a backup restored?"
        finding = Finding("unknown_at_stripe", text, told.id)
    else:
        text = f"{document} is at Stripe twice: {told.id} ({told.status}) is not the one that is known; void it there."
        finding = Finding("twice_at_stripe", text, told.id)
    return show(Difference(finding, document, told.id), at=run.at, dry_run=run.dry_run)


def _compared(run: Run, pairs: Sequence[Pair]) -> Iterator[Difference]:
    ours = _ours(pairs)
    for pk, told in pairs:
        run.seen.add(pk)
        if not ours[pk].moving:
            run.judged.add(pk)
        found = list(compare(ours[pk], told))
        safe = [one for one in found if one.safe]
        if safe and not run.dry_run:
            yield from mended(safe, ours[pk].document, told, by=run.by, at=run.at)
            found = list(compare(_ours([Pair(pk, told)])[pk], told))
        for one in found:
            if not one.safe:
                yield show(one, at=run.at, dry_run=run.dry_run)
            elif run.dry_run:
                yield one


def _ours(pairs: Sequence[Pair]) -> dict[int, Ours]:
    """The documents as they stand, in a handful of queries."""
    ids = [pair.document for pair in pairs]
    documents = Invoice.objects.filter(pk__in=ids).select_related("client", "stripe")
    payments = [one.id for pair in pairs for one in pair.told.payments or ()]
    recorded = set(Payment.objects.filter(external_id__in=payments).values_list("external_id", flat=True))
    waiting = StripeCall.objects.filter(status__in=[StripeCallStatus.QUEUED, StripeCallStatus.PARKED])
    waiting = waiting.filter(Q(invoice__in=ids) | Q(invoice__cancels__in=ids))
    steps = list(waiting.values_list("invoice_id", "invoice__cancels_id", "purpose", "status"))
    moving = {pk for step in steps for pk in step[:2]}
    coming = {pk for pk, _, purpose, status in steps if (purpose, status) == ("invoice", StripeCallStatus.QUEUED)}
    return {
        one.pk: Ours(one, getattr(one, "stripe", None), one.pk in moving, one.pk in coming, recorded)
        for one in documents
    }


def _open_here() -> Iterator[int]:
    last = 0
    documents = Invoice.objects.filter(status=Invoice.Status.OPEN, stripe__isnull=False).order_by("pk")
    while page := list(documents.filter(pk__gt=last).values_list("pk", flat=True)[:500]):
        last = page[-1]
        yield from page


def _shown_before() -> list[int]:
    """Documents of which a difference is shown still: it may be gone by now."""
    shown = _shown().filter(invoice__stripe__isnull=False).order_by("invoice_id")
    return list(shown.values_list("invoice_id", flat=True).distinct())


def _shown() -> QuerySet[Anomaly]:
    return Anomaly.objects.filter(closed_at=None, kind__in=JUDGED)


def _asked_for(run: Run, ids: Collection[int]) -> Iterator[Difference]:
    """Documents that no list had: each is asked for."""
    for row in StripeInvoice.objects.filter(invoice__in=ids).select_related("invoice").order_by("pk"):
        try:
            told = _readable(client.retrieve_invoice(row.stripe_id, expand=["payments"]))
        except StripeProblem as problem:
            if problem.kind != NOT_FOUND:
                raise
            run.seen.add(row.invoice_id)
            run.judged.add(row.invoice_id)
            gone = Difference(gone_there(row.invoice, row.stripe_id), row.invoice, row.stripe_id)
            yield show(gone, at=run.at, dry_run=run.dry_run)
            continue
        if isinstance(told, Difference):
            yield told
        else:
            yield from _compared(run, [Pair(row.invoice_id, told)])


def _gone(run: Run) -> Iterator[Difference]:
    """Close what was shown and is not found any more."""
    for shown in _shown().select_related("invoice").order_by("pk"):
        if shown.invoice_id in run.judged and shown.key.partition("#")[0] not in run.found:
            if not run.dry_run:
                anomalies.close_anomaly(shown.pk, reason=GONE, by=anomalies.BY_ITSELF, at=run.at)
            yield Difference(Finding(shown.kind, shown.text), shown.invoice, outcome=Outcome.GONE)
