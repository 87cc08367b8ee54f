"""Issue and send the demo's document that is paid at Stripe, and wait until it is paid here."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction

from invoicing.handing_over import QUEUED
from invoicing.lifecycle.issue import ISSUED, issue_invoices
from invoicing.management import acting, edges
from invoicing.models import Invoice
from invoicing.sending import send_invoices
from tickets.automation import due

CLIENT = "fabel"
LOOK_SECONDS = 0.2


class Command(edges.EdgeCommand):
    help = "Issue the drafts of the demo's client who pays by a card saved at Stripe, and send them there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        edges.add_run_options(parser, formats=False)
        parser.add_argument(
            "--wait", type=float, default=0.0, metavar="SECONDS", help="until they are paid, so long at most"
        )

    def handle(self, *, dry_run: bool, at: str | None, by: str | None, wait: float, **_: Any) -> None:
        """Exit 0, also where nothing is to be sent; 1 in production, and where one is not paid in time."""
        if settings.APP_ENV == "production":
            raise CommandError("this is a production installation; the demo is for trying out")
        moment, actor = edges.moment(at), "demo" if by is None else edges.person(by)
        end = time.monotonic() + wait
        while due(moment).filter(client__external_id=CLIENT).exists() and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
        drafts = list(Invoice.objects.filter(client__external_id=CLIENT, status=Invoice.Status.DRAFT).order_by("pk"))
        if not drafts:
            self.stdout.write("the demo has no document left to be paid at Stripe")
            return
        if dry_run:
            self.stdout.write(f"drafts that would be issued and sent to Stripe: {len(drafts)}")
            return
        with acting.refusals(), transaction.atomic():
            plans = issue_invoices([one.pk for one in drafts], at=moment, by=actor)
            issued = [one.invoice.pk for one in plans if one.outcome == ISSUED]
            sent = [one.document.pk for one in send_invoices(issued, at=moment, by=actor) if one.outcome == QUEUED]
        while (left := _unpaid(sent)) and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
        for one in Invoice.objects.filter(pk__in=sent).order_by("pk"):
            self.stdout.write(f"sent {one} to Stripe: {one.status}")
        if left and wait:
            raise CommandError(f"{left} documents are not paid after {wait:g} s; the page Stripe calls says why")


def _unpaid(ids: list[int]) -> int:
    return Invoice.objects.filter(pk__in=ids).exclude(status=Invoice.Status.PAID).count()
