"""What shadow would have billed beside what was billed by hand: equal, or by how much it differs and why (T-18)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from invoicing.display import money
from tickets.plan import CHARGE

VERDICTS = EQUAL, DIFFERS, ONLY_SHADOW, ONLY_MANUAL = "equal", "differs", "only_shadow", "only_manual"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One ticket: what shadow would have billed and what was billed by hand, in minor units; None is "not at all".

    `outcome` and `reason` are those of the shadow plan, "" where there is none; `lines` are what it would have charged,
    `references` where it was billed by hand.
    """

    client: str
    ticket: str
    number: str
    currency: str
    shadow_cents: int | None
    manual_cents: int | None
    outcome: str = ""
    reason: str = ""
    references: Sequence[str] = ()
    lines: Sequence[Mapping[str, Any]] = field(default=(), kw_only=True)

    @property
    def verdict(self) -> str:
        """equal, differs, only_shadow (forgotten by hand) or only_manual (automation would not have billed it)."""
        if not self.manual_cents:
            return ONLY_SHADOW if self.shadow_cents else EQUAL
        if not self.shadow_cents:
            return ONLY_MANUAL
        return EQUAL if self.shadow_cents == self.manual_cents else DIFFERS

    @property
    def difference_cents(self) -> int:
        """By how much automation would have billed more (or less, below zero), in minor units."""
        return (self.shadow_cents or 0) - (self.manual_cents or 0)

    @property
    def why(self) -> str:
        """The difference in words: the lines of shadow and the references of what was billed by hand; "" for equal."""
        if self.verdict == EQUAL:
            return ""
        by_hand = f"by hand {', '.join(self.references)}" if self.references else "not billed by hand"
        return f"{self._shadow()}; {by_hand}"

    def _shadow(self) -> str:
        if not self.outcome:
            return "not planned in shadow"
        if self.outcome != CHARGE and not self.lines:
            return f"shadow {self.outcome}: {self.reason}"
        return "shadow " + " + ".join(_line_text(line, self.currency) for line in self.lines)


def _line_text(line: Mapping[str, Any], currency: str) -> str:
    per = f"/{line['price_per']}" if line["price_per"] != 1 else ""
    quantity = " ".join(filter(None, (line["quantity"], line["unit"])))
    return f"{line['kind']} {quantity} x {line['unit_price']}{per} = {money(line['amount_cents'], currency)}"


@dataclass(slots=True)
class ClientSummary:
    """The tickets of one client by verdict, and both sums in minor units."""

    currency: str
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
WITH page AS (
    (SELECT s.ticket_id AS id FROM tickets_shadowbill s JOIN tickets_ticket t ON t.id = s.ticket_id
     WHERE s.ticket_id > %(after)s AND (%(client)s::bigint IS NULL OR t.client_id = %(client)s)
     ORDER BY s.ticket_id LIMIT %(page)s)
    UNION
    (SELECT DISTINCT m.ticket_id FROM tickets_manualbill m JOIN tickets_ticket t ON t.id = m.ticket_id
     WHERE m.ticket_id > %(after)s AND (%(client)s::bigint IS NULL OR t.client_id = %(client)s)
     ORDER BY m.ticket_id LIMIT %(page)s)
    ORDER BY id LIMIT %(page)s
)
SELECT t.id, c.external_id, t.external_id, t.number, c.currency, s.amount_cents,
    CASE WHEN elsewhere.cents IS NOT NULL OR here.cents IS NOT NULL
         THEN (coalesce(elsewhere.cents, 0) + coalesce(here.cents, 0))::bigint END,
    coalesce(s.outcome, ''), coalesce(s.reason, ''), coalesce(elsewhere.names, '{}') || coalesce(here.names, '{}'),
    coalesce(s.lines, '[]')
FROM page JOIN tickets_ticket t ON t.id = page.id JOIN contracts_client c ON c.id = t.client_id
LEFT JOIN tickets_shadowbill s ON s.ticket_id = t.id
CROSS JOIN LATERAL (
    SELECT sum(m.amount_cents) AS cents, array_agg(m.reference::text ORDER BY m.id) AS names
    FROM tickets_manualbill m WHERE m.ticket_id = t.id
) elsewhere
CROSS JOIN LATERAL (
    SELECT sum(l.amount_cents) AS cents, array_agg(DISTINCT coalesce(i.number, 'draft ' || i.external_id)) AS names
    FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id WHERE l.id IN (
        SELECT k.line_id FROM (
            SELECT 'ticket_fee' AS kind, t.id AS id
            UNION ALL SELECT 'time_entry', e.id FROM tickets_timeentry e WHERE e.ticket_id = t.id
            UNION ALL SELECT 'expense', x.id FROM tickets_expense x WHERE x.ticket_id = t.id
        ) unit JOIN invoicing_claim k ON k.kind = unit.kind AND k.source_id = unit.id AND k.released_at IS NULL)
) here
ORDER BY t.id
"""
PAGE = 1000


def comparisons(client: int | None = None) -> Iterator[Comparison]:
    """Every ticket that was planned in shadow or billed by hand, in the order of their keys, in keyset pages."""
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(COMPARE, {"after": after, "client": client, "page": PAGE})
            rows = cursor.fetchall()
        for _, *found, lines in rows:
            yield Comparison(*found, lines=json.loads(lines))
        if len(rows) < PAGE:
            return
        after = rows[-1][0]
