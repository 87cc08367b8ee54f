"""Which documents bill again what a cancelled or credited one gave back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import connection

# What the first one gave back is found by its own lines; where it went, by the unique key of living claims.
REPLACED = """
SELECT DISTINCT l.invoice_id, n.invoice_id, i.external_id FROM invoicing_invoiceline l
JOIN invoicing_claim gone ON gone.line_id = l.id AND gone.released_to_id IS NOT NULL
JOIN invoicing_claim again ON (again.kind, again.source_id, again.part) = (gone.kind, gone.source_id, gone.part)
    AND again.released_at IS NULL
JOIN invoicing_invoiceline n ON n.id = again.line_id JOIN invoicing_invoice i ON i.id = n.invoice_id
WHERE l.invoice_id = ANY(%s) ORDER BY 1, 2
"""


def replacements_of(documents: Sequence[int]) -> Mapping[int, list[str]]:
    """By the key of a document, the external ids of the documents that bill its work now; drafts among them."""
    found: dict[int, list[str]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(REPLACED, [list(documents)])
        for first, _, replacement in cursor.fetchall():
            found[first].append(replacement)
    return found
