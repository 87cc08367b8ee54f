"""Record money that came in for a document, or went back."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import CommandError

from invoicing.display import money
from invoicing.lifecycle.payments import ensure_payable, record_payment
from invoicing.management import acting, edges
from invoicing.management.correcting import document_named
from invoicing.models import Invoice, Payment
from rating.money import to_minor


class Command(edges.EdgeCommand):
    help = "Record a payment (or, with --refund, money that went back) as it stands on the bank statement."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("invoice", metavar="ID", help="the document's id or number")
        parser.add_argument("--amount", required=True, help="in the document's currency, as 119.00")
        parser.add_argument("--date", required=True, metavar="DATE", help="the day of the payment")
        parser.add_argument("--reference", required=True, help="as on the bank statement")
        parser.add_argument("--method", choices=Payment.Method.values, default=Payment.Method.TRANSFER)
        parser.add_argument("--refund", action="store_true", help="the money went back")
        parser.add_argument("--again", action="store_true", help="record it though the same one is there already")
        acting.add_reason(parser, needed=False)
        edges.add_run_options(parser)

    def handle(
        self,
        *,
        invoice: str,
        amount: str,
        date: str,
        reference: str,
        method: str,
        refund: bool,
        again: bool,
        reason: str,
        dry_run: bool,
        at: str | None,
        by: str | None,
        **options: Any,
    ) -> None:
        """Exit 0; 1 where the document takes no payment, the same one is recorded, or the id names nothing."""
        moment, received_on = edges.moment(at), edges.day(date, "--date")
        why = acting.reason_of(reason, needed=False)
        person = acting.actor(by, "invoicing.record_payment")
        document = document_named(invoice)
        cents = _cents(amount, document.currency) * (-1 if refund else 1)
        with acting.refusals(ValueError):
            if dry_run:
                ensure_payable(document, cents)
            else:
                record_payment(
                    document.pk, cents, received_on=received_on, reference=reference, method=method, again=again,
                    reason=why, by=person.name, at=moment,
                )  # fmt: skip
                document = Invoice.objects.get(pk=document.pk)
        self._tell(document, cents, dry_run=dry_run, as_json=options["format"] == "json")

    def _tell(self, document: Invoice, cents: int, *, dry_run: bool, as_json: bool) -> None:
        left = document.open_cents - (cents if dry_run else 0)
        told = {
            "dry_run": dry_run, "invoice": document.external_id, "number": document.number, "amount_cents": cents,
            "status": document.status, "paid_cents": document.paid_cents + (cents if dry_run else 0),
            "open_cents": left, "currency": document.currency,
        }  # fmt: skip
        if as_json:
            self.stdout.write(json.dumps(told))
        else:
            rest = "overpaid by" if left < 0 else "left to pay:"
            self.stdout.write(
                f"{document}: {money(cents, document.currency)} recorded, {rest} {money(abs(left), document.currency)}"
            )
        self.tell_dry_run(dry_run)


def _cents(text: str, currency: str) -> int:
    try:
        value = Decimal(text)
        if not value.is_finite() or value <= 0:
            raise CommandError(f"--amount {text} must be above zero")
        return to_minor(value, currency)
    except InvalidOperation as problem:
        raise CommandError(f"--amount {text} is not an amount such as 119.00") from problem
    except ValueError as problem:
        raise CommandError(f"--amount: {problem}") from problem
