"""What contracts' allowances granted, what was used of them in a month, and what is left."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

import config
from contracts.models import Client, Contract
from invoicing.display import table
from invoicing.management import edges
from invoicing.management.listing import JsonListing
from rating.hours import shown
from rating.period import BillingPeriod
from rating.terms import UNLIMITED
from tickets.balance_report import Allowed, ContractBalance, balance_pages

HEAD = ("contract", "client", "", "granted", "rolled over", "opening", "used", "left", "tickets opened")
NUMBERS = range(3, len(HEAD))


class Command(edges.EdgeCommand):
    help = (
        "Show for each contract with an allowance what a month granted, what earlier months left, what another system "
        "had used before, what was used, and what is left. Writes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--contract", metavar="ID", help="only this contract, with or without an allowance")
        parser.add_argument("--client", metavar="ID", help="only this client's contracts")
        parser.add_argument("--month", metavar="YYYY-MM", help="default: the current month in the issuer's zone")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")

    def handle(self, *, contract: str | None, client: str | None, month: str | None, **options: Any) -> None:
        """Exit 0; 1 when an option names nothing."""
        first = _first_day(month)
        owner = None if client is None else edges.client_named(client)
        only = None if contract is None else _contract_named(contract, owner)
        pages = balance_pages(first, client=owner, contract=only)
        if options["format"] == "json":
            self._as_json(pages, first)
        else:
            self._as_text(pages)

    def _as_json(self, pages: Iterator[list[ContractBalance]], month: date) -> None:
        listing = JsonListing(self.stdout, {"month": f"{month:%Y-%m}"}, "balances")
        count = 0
        for page in pages:
            listing.add(map(_as_dict, page))
            count += len(page)
        listing.end({"contracts": count})

    def _as_text(self, pages: Iterator[list[ContractBalance]]) -> None:
        """One table a page: the columns of a page are aligned, and no page waits for the others."""
        found = False
        for page in pages:
            rows = [row for balance in page for row in _rows(balance)]
            for line in table([HEAD, *rows], right=NUMBERS):
                self.stdout.write(line)
            found = True
        if not found:
            self.stdout.write("no contract has an allowance in this month")


def _first_day(month: str | None) -> date:
    zone = config.billing().zone
    period = BillingPeriod.current_month(timezone.now(), zone) if month is None else edges.month(month)
    return period.first_day


def _contract_named(external_id: str, owner: Client | None) -> Contract:
    found = Contract.objects.filter(external_id=external_id)
    if owner is not None:
        found = found.filter(client=owner)
    contract: Contract | None = found.first()
    if contract is None:
        whose = f" of client {owner.external_id!r}" if owner else ""
        raise CommandError(f"there is no contract {external_id!r}{whose}")
    return contract


def _as_dict(balance: ContractBalance) -> dict[str, object]:
    return {
        "contract": balance.reference,
        "client": balance.client,
        "tickets": _allowed_as_dict(balance.tickets),
        "seconds": _allowed_as_dict(balance.seconds),
        "tickets_opened": balance.opened,
    }


def _allowed_as_dict(allowed: Allowed) -> dict[str, object]:
    return {
        "granted": allowed.granted,
        "rolled_over": allowed.rolled_over,
        "opening": allowed.opening,
        "used": allowed.used,
        "left": allowed.left,
    }


def _rows(balance: ContractBalance) -> Iterator[tuple[str, ...]]:
    """A row for tickets and one for time, of those that are agreed or used."""
    for name, allowed in (("tickets", balance.tickets), ("time", balance.seconds)):
        if allowed.granted is None and not (allowed.used or allowed.opening):
            continue
        numbers = (allowed.granted, allowed.rolled_over, allowed.opening, allowed.used, allowed.left)
        cells = (_time(number) if name == "time" else _number(number) for number in numbers)
        yield balance.reference, balance.client, name, *cells, str(balance.opened) if name == "tickets" else ""


def _number(number: int | str | None) -> str:
    return "-" if number is None else str(number)


def _time(seconds: int | str | None) -> str:
    if seconds is None or seconds == UNLIMITED:
        return _number(seconds)
    quantity, unit, _ = shown(int(seconds))
    return f"{quantity} {unit}"
