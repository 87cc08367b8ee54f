"""Shadow: what automation would have billed, kept beside what was billed by hand (T-18)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from invoicing.bulk import copy_rows, reserve_ids
from invoicing.planned_lines import line_as_dict
from tickets.models import ShadowBill, ShadowUse
from tickets.plan import TicketPlan

COLUMNS = ("id", "ticket_id", "planned_at", "outcome", "reason", "strategy", "amount_cents", "currency", "lines")


def record_shadows(plans: Sequence[TicketPlan], *, at: datetime) -> None:
    """Keep the plans of tickets whose clients are in shadow; the latest plan of a ticket counts."""
    shadows = [plan.shadow for plan in plans if plan.shadow is not None]
    if not shadows:
        return
    ShadowBill.objects.filter(ticket__in=[shadow.ticket.id for shadow in shadows]).delete()
    ids = reserve_ids(ShadowBill, len(shadows))
    copy_rows(
        ShadowBill,
        COLUMNS,
        (
            (
                pk, shadow.ticket.id, at, shadow.outcome, shadow.reason, shadow.strategy, shadow.subtotal_cents,
                shadow.currency, json.dumps([line_as_dict(charge) for charge in shadow.charges]),
            )
            for pk, shadow in zip(ids, shadows, strict=True)
        ),
    )  # fmt: skip
    copy_rows(
        ShadowUse,
        ("bill_id", "contract_id", "month", "tickets", "seconds"),
        (
            (pk, use.contract, use.month, use.tickets, use.seconds)
            for pk, shadow in zip(ids, shadows, strict=True)
            for use in shadow.allocations
        ),
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """One ticket: what shadow would have billed and what was billed by hand, in minor units; None is "not at all"."""

    client: str
    ticket: str
    number: str
    currency: str
    shadow_cents: int | None
    manual_cents: int | None
    why: str

    @property
    def verdict(self) -> str:
        """equal, differs, only_shadow (forgotten by hand) or only_manual (automation would not have billed it)."""
        if not self.manual_cents:
            return "only_shadow" if self.shadow_cents else "equal"
        if not self.shadow_cents:
            return "only_manual"
        return "equal" if self.shadow_cents == self.manual_cents else "differs"


@dataclass(slots=True)
class ClientSummary:
    """The tickets of one client by verdict, and both sums in minor units."""

    verdicts: Counter[str] = field(default_factory=Counter)
    shadow_cents: int = 0
    manual_cents: int = 0

    def add(self, one: Comparison) -> None:
        """Count one ticket."""
        self.verdicts[one.verdict] += 1
        self.shadow_cents += one.shadow_cents or 0
        self.manual_cents += one.manual_cents or 0


# By hand: in another system (imported), or in this one by a person, on a line that claims the ticket's work.
COMPARE = """
SELECT c.external_id, t.external_id, t.number, c.currency, s.outcome, s.reason, s.amount_cents,
    (SELECT sum(m.amount_cents) FROM tickets_manualbill m WHERE m.ticket_id = t.id),
    (SELECT sum(l.amount_cents) FROM invoicing_invoiceline l WHERE l.id IN (
        SELECT line_id FROM invoicing_claim k WHERE k.released_at IS NULL AND (
            (k.kind = 'ticket_fee' AND k.source_id = t.id)
            OR (k.kind = 'time_entry' AND k.source_id IN (SELECT id FROM tickets_timeentry WHERE ticket_id = t.id))
            OR (k.kind = 'expense' AND k.source_id IN (SELECT id FROM tickets_expense WHERE ticket_id = t.id))))),
    t.id
FROM tickets_ticket t JOIN contracts_client c ON c.id = t.client_id LEFT JOIN tickets_shadowbill s ON s.ticket_id = t.id
WHERE t.id > %s AND (%s::bigint IS NULL OR t.client_id = %s)
    AND (s.id IS NOT NULL OR EXISTS (SELECT 1 FROM tickets_manualbill m WHERE m.ticket_id = t.id))
ORDER BY t.id LIMIT %s
"""
PAGE = 1000


def comparisons(client: int | None = None) -> Iterator[Comparison]:
    """Every ticket that was planned in shadow or billed by hand, in keyset pages."""
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(COMPARE, [after, client, client, PAGE])
            rows = cursor.fetchall()
        for owner, ticket, number, currency, outcome, reason, shadow, elsewhere, here, _ in rows:
            manual = None if elsewhere is None and here is None else int(elsewhere or 0) + int(here or 0)
            why = f"{outcome} {reason}".strip() if outcome else "not planned in shadow"
            yield Comparison(owner, ticket, number, currency, shadow, manual, why)
        if len(rows) < PAGE:
            return
        after = rows[-1][-1]
