"""Send issued documents."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Exists, OuterRef, Q, QuerySet

from invoicing.handing_over import OUTCOMES, Sending
from invoicing.management import acting, edges
from invoicing.management.correcting import document_named
from invoicing.management.listing import JsonListing
from invoicing.models import Invoice, Mail, StripeCall
from invoicing.sending import plan_sending, send_invoices
from invoicing.stripe.held_back import READY
from invoicing.stripe.push.registry import WAY

PAGE = 500


class Command(edges.EdgeCommand):
    help = (
        "Send issued documents the way their recipients chose: one, or those whose mail is parked. "
        "Without these: open documents that nobody was sent yet, and what takes back documents that were."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--invoice", metavar="ID", help="only the document with this id or number")
        parser.add_argument("--client", metavar="ID", help="only this client's of these")
        parser.add_argument(
            "--parked", action="store_true", help="only documents whose mail, or way to Stripe, is parked"
        )
        parser.add_argument("--again", action="store_true", help="also what was sent before; needs --invoice")
        edges.add_run_options(parser)

    def handle(
        self,
        *,
        invoice: str | None,
        client: str | None,
        parked: bool,
        again: bool,
        dry_run: bool,
        at: str | None,
        by: str | None,
        **options: Any,
    ) -> None:
        """Exit 0; 1 where a document does not reach its recipient, or where an option names nothing."""
        if again and invoice is None:
            raise CommandError("--again sends one document once more: name it with --invoice")
        moment, person = edges.moment(at), acting.actor(by, "invoicing.send_invoice")
        pages = _pages(_chosen(invoice, client, parked=parked), moment, person.name, again=again, dry_run=dry_run)
        with acting.refusals():
            counts = self._told(pages, {"at": moment.isoformat(), "dry_run": dry_run}, options["format"] == "json")
        self.tell_dry_run(dry_run)
        if unsent := counts["parked"] + counts["refused"]:
            raise CommandError(f"{unsent} of {counts.total()} documents cannot be sent")

    def _told(self, pages: Iterator[list[Sending]], head: dict[str, object], as_json: bool) -> Counter[str]:
        listing, counts = JsonListing(self.stdout, head, "invoices"), Counter[str]()
        for page in pages:
            counts.update(one.outcome for one in page)
            if as_json:
                listing.add(map(_as_dict, page))
                continue
            for one in page:
                self.stdout.write(_line(one))
        summary = {outcome: counts[outcome] for outcome in OUTCOMES}
        if as_json:
            listing.end({"summary": summary})
        else:
            told = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in summary.items())
            self.stdout.write(f"{counts.total()} document{'' if counts.total() == 1 else 's'}: {told}")
        return counts


def _chosen(invoice: str | None, client: str | None, *, parked: bool) -> QuerySet[Invoice]:
    if invoice is not None:
        found = Invoice.objects.filter(pk=document_named(invoice).pk)
    else:
        found = _parked() if parked else _unsent()
    return found if client is None else found.filter(client=edges.client_named(client))


def _parked() -> QuerySet[Invoice]:
    customer = StripeCall.objects.filter(client=OuterRef("client"), invoice=None, status=StripeCall.Status.PARKED)
    behind_it = Exists(customer) & Exists(_steps(StripeCall.Status.QUEUED))
    parked = Exists(_mails("pk", Mail.Status.PARKED)) | Exists(_steps(StripeCall.Status.PARKED))
    held_back = StripeCall.objects.filter(invoice=OuterRef("pk"), purpose=READY, status=StripeCall.Status.PARKED)
    return Invoice.objects.filter(parked | behind_it | Exists(held_back))


def _unsent() -> QuerySet[Invoice]:
    """Open documents, and what takes documents back that were mailed; neither where it was sent, or is on its way."""
    correction = Q(kind__in=[Invoice.Kind.CANCELLATION, Invoice.Kind.CREDIT_NOTE])
    waiting = Q(status=Invoice.Status.OPEN) | (correction & Exists(_mails("cancels", Mail.Status.SENT)))
    mailed = _mails("pk", Mail.Status.QUEUED, Mail.Status.SENT)
    pushed = _steps(StripeCall.Status.QUEUED, StripeCall.Status.DONE)
    return Invoice.objects.filter(waiting, ~Exists(mailed), ~Exists(pushed))


def _mails(document: str, *states: str) -> QuerySet[Mail]:
    return Mail.objects.filter(invoice=OuterRef(document), purpose=Mail.Purpose.DOCUMENT, status__in=states)


def _steps(*states: str) -> QuerySet[StripeCall]:
    return StripeCall.objects.filter(invoice=OuterRef("pk"), purpose__in=WAY, status__in=states)


def _pages(chosen: QuerySet[Invoice], at: datetime, by: str, *, again: bool, dry_run: bool) -> Iterator[list[Sending]]:
    """Send, or plan, in keyset pages; each page is a transaction of its own."""
    act = plan_sending if dry_run else send_invoices
    last = 0
    while ids := list(chosen.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PAGE]):
        last = ids[-1]
        yield act(ids, at=at, by=by, again=again)


def _as_dict(sending: Sending) -> dict[str, object]:
    """A document and what sending it came to, as scripts read it."""
    return {
        "invoice": sending.document.external_id,
        "number": sending.document.number,
        "client": sending.document.client.external_id,
        "outcome": sending.outcome,
        "reason": sending.reason,
        "to": sending.mail.to if sending.mail else [],
        "cc": sending.mail.cc if sending.mail else [],
    }


def _line(sending: Sending) -> str:
    to = ", ".join([*sending.mail.to, *sending.mail.cc]) if sending.mail else ""
    told = sending.reason or to
    return f"{sending.document}  {sending.document.client.external_id:16}  {sending.outcome.replace('_', ' ')}: {told}"
