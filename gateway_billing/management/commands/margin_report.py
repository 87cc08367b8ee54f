"""What call minutes cost and what they were sold for."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

import config
from gateway_billing.margin import PartnerMargin, margins
from invoicing.display import money, table
from invoicing.management import edges
from invoicing.management.listing import JsonListing
from rating.period import BillingPeriod


class Command(edges.EdgeCommand):
    help = "Buy and sell of call minutes per partner and company, of the aggregate invoices of a month."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--month", metavar="YYYY-MM", help="the month of the invoices (default: the previous)")
        parser.add_argument("--partner", metavar="ID", help="only this partner")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")

    def handle(self, *, month: str | None, partner: str | None, **options: Any) -> None:
        """Exit 0; 1 when an option names nothing."""
        period = _period(month)
        found = margins(period.first_day, edges.client_named(partner) if partner else None)
        if options["format"] == "json":
            listing = JsonListing(self.stdout, {"month": period.label()}, "partners")
            partners = 0
            for one in found:
                listing.add([one.as_dict()])
                partners += 1
            listing.end({"count": partners})
            return
        for one in found:
            self._print(one)

    def _print(self, found: PartnerMargin) -> None:
        rows = [("company", "calls", "sold", "bought", "margin")]
        for one in found.companies:
            amounts = (one.sell_cents, one.buy_cents, one.margin_cents)
            shown = ["no buy rate" if cents is None else money(cents, found.currency) for cents in amounts]
            rows.append((one.company, str(one.calls), shown[0], shown[1], shown[2]))
        self.stdout.write(found.partner)
        for line in table(rows, right=(1, 2, 3, 4)):
            self.stdout.write(f"  {line}")


def _period(month: str | None) -> BillingPeriod:
    return BillingPeriod.previous_month(timezone.now(), config.billing().zone) if month is None else edges.month(month)
