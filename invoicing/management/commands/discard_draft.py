"""Give a draft up; the work on it goes back."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from invoicing.display import money
from invoicing.lifecycle.giving_back import PERMISSIONS
from invoicing.lifecycle.withdraw import discard_draft, ensure_draft
from invoicing.management import acting, edges
from invoicing.management.correcting import add_options, document_named
from invoicing.models import Claim, Invoice
from invoicing.sources import Then

BECOMES = {"bill": "is billed again", "hold": "is held", "waive": "is waived"}


class Command(edges.EdgeCommand):
    help = "Give a draft up. The work on it is billed again (default), held until it is released, or waived."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def handle(
        self,
        *,
        invoice: str,
        then: Then,
        reason: str,
        dry_run: bool,
        at: str | None,
        by: str | None,
        **options: Any,
    ) -> None:
        """Exit 0; 1 where the document is no draft, or where the id names nothing."""
        moment, why = edges.moment(at), acting.reason_of(reason)
        person = acting.actor(by, "invoicing.change_invoice", *PERMISSIONS[then])
        draft = document_named(invoice)
        told = {
            "at": moment.isoformat(), "dry_run": dry_run, "invoice": invoice, "client": draft.client.external_id,
            "then": then, "lines": draft.line_count, "units": _units(draft), "subtotal_cents": draft.subtotal_cents,
            "currency": draft.currency,
        }  # fmt: skip
        with acting.refusals():
            ensure_draft(draft)
            if not dry_run:
                discard_draft(draft.pk, then=then, reason=why, by=person.name, at=moment)
        self._tell(told, as_json=options["format"] == "json")
        self.tell_dry_run(dry_run)

    def _tell(self, told: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(told))
            return
        lines = f"{told['lines']} line{'' if told['lines'] == 1 else 's'}"
        amount = money(told["subtotal_cents"], told["currency"])
        self.stdout.write(
            f"draft {told['invoice']}  {told['client']}  {lines}, {amount}: its work {BECOMES[told['then']]}"
        )


def _units(draft: Invoice) -> int:
    return Claim.objects.filter(line__invoice=draft, released_at__isnull=True).count()
