"""What shadow would have billed beside what was billed by hand."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from invoicing.display import money
from invoicing.management import edges
from invoicing.management.listing import JsonListing
from tickets.comparison import EQUAL, VERDICTS, ClientSummary, Comparison, comparisons

Summaries = dict[str, ClientSummary]


class Command(edges.EdgeCommand):
    help = (
        "Compare what automation would have billed of clients in shadow with what was billed by hand: per client how "
        "many tickets are equal, differ, or were billed by one of the two only, and why."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--client", metavar="ID", help="only this client")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")

    def handle(self, *, client: str | None, **options: Any) -> None:
        """Exit 0; 1 where the option names nothing. Differences are a finding, not a failure."""
        found = comparisons(None if client is None else edges.client_named(client).pk)
        if options["format"] == "json":
            self._as_json(found, client)
        else:
            self._as_text(found)

    def _as_json(self, found: Iterable[Comparison], client: str | None) -> None:
        listing, summaries = JsonListing(self.stdout, {"client": client}, "differences"), Summaries()
        for one in _differing(found, summaries):
            listing.add([_as_dict(one)])
        clients = [_summary_as_dict(client, summary) for client, summary in sorted(summaries.items())]
        listing.end({"clients": clients})

    def _as_text(self, found: Iterable[Comparison]) -> None:
        summaries = Summaries()
        for one in _differing(found, summaries):
            self.stdout.write(f"{one.client:16}  {one.number:10}  {one.verdict:11}  {_difference(one):>16}  {one.why}")
        for client, summary in sorted(summaries.items()):
            counts = ", ".join(f"{summary.verdicts[verdict]} {verdict}" for verdict in VERDICTS)
            self.stdout.write(
                f"{client}: {counts}; shadow {money(summary.shadow_cents, summary.currency)}, "
                f"by hand {money(summary.manual_cents, summary.currency)}"
            )
        if not summaries:
            self.stdout.write("nothing to compare: no ticket was planned in shadow or billed by hand elsewhere")


def _differing(found: Iterable[Comparison], summaries: Summaries) -> Iterator[Comparison]:
    """What differs, as it comes; everything is counted by client."""
    for one in found:
        summaries.setdefault(one.client, ClientSummary(one.currency)).add(one)
        if one.verdict != EQUAL:
            yield one


def _difference(one: Comparison) -> str:
    sign = "+" if one.difference_cents > 0 else ""
    return sign + money(one.difference_cents, one.currency)


def _as_dict(one: Comparison) -> dict[str, Any]:
    return {
        "client": one.client,
        "ticket": one.ticket,
        "verdict": one.verdict,
        "shadow_cents": one.shadow_cents,
        "manual_cents": one.manual_cents,
        "difference_cents": one.difference_cents,
        "currency": one.currency,
        "why": one.why,
    }


def _summary_as_dict(client: str, summary: ClientSummary) -> dict[str, Any]:
    return {
        "client": client,
        **{verdict: summary.verdicts[verdict] for verdict in VERDICTS},
        "shadow_cents": summary.shadow_cents,
        "manual_cents": summary.manual_cents,
        "currency": summary.currency,
    }
