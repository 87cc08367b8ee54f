"""What a claim means for an import: the work stays as it was claimed, and work billed elsewhere is claimed as such."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .record_type import Check

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLAIM = (
    " JOIN invoicing_claim k ON k.kind = '{kind}' AND k.source_id = t.id AND k.part = '' AND k.released_at IS NULL"
    " LEFT JOIN invoicing_invoiceline kl ON kl.id = k.line_id LEFT JOIN invoicing_invoice kv ON kv.id = kl.invoice_id"
)
_WHERE = (
    "CASE k.outcome WHEN 'billed' THEN 'billed on ' || CASE WHEN kv.number IS NULL THEN 'a draft' ELSE kv.number END"
    " WHEN 'elsewhere' THEN 'billed elsewhere as ' || k.reference ELSE k.outcome END"
)
# A mark of the former system may be taken away in the same line that corrects the work.
_STAYS = "(k.outcome <> 'elsewhere' OR i.billed_elsewhere <> '')"


def frozen(kind: str, fields: Sequence[tuple[str, str, str]], *, has_mark: bool = True) -> tuple[Check, ...]:
    """Checks that claimed work of that kind is not changed: (key of the line, staged value, stored value) each.

    `has_mark`: lines of the type may say `billed_elsewhere`.
    """
    joins = _CLAIM.format(kind=kind)
    stays = f" AND {_STAYS}" if has_mark else ""
    return tuple(
        Check(field, f"{staged} IS DISTINCT FROM {was}{stays}", f"'cannot change: it is ' || {_WHERE}", joins)
        for field, staged, was in fields
    )


def marked(kind: str) -> Check:
    """The check that work which is claimed by us is not marked as billed elsewhere."""
    return Check(
        "billed_elsewhere",
        "i.billed_elsewhere <> '' AND k.outcome <> 'elsewhere'",
        f"'cannot be set: it is ' || {_WHERE}",
        _CLAIM.format(kind=kind),
    )


def release_mark(kind: str, name: str) -> str:
    """SQL: release the claim of a mark that the file takes away or changes."""
    return (
        "UPDATE invoicing_claim k SET released_at = %(at)s, released_by = %(by)s, release_reason = 'import'"
        f" FROM import_{name} i WHERE k.kind = '{kind}' AND k.source_id = i.pk AND k.part = ''"
        " AND k.released_at IS NULL AND k.outcome = 'elsewhere' AND k.reference <> i.billed_elsewhere"
    )


def claim_mark(kind: str, name: str, table: str) -> str:
    """SQL: claim what the file marks as billed elsewhere."""
    return (
        "INSERT INTO invoicing_claim"
        " (kind, source_id, part, outcome, reference, claimed_at, released_by, release_reason)"
        f" SELECT '{kind}', t.id, '', 'elsewhere', i.billed_elsewhere, %(at)s, '', ''"
        f" FROM import_{name} i JOIN {table} t ON t.external_id = i.key WHERE i.billed_elsewhere <> ''"
        f" AND NOT EXISTS (SELECT FROM invoicing_claim k WHERE k.kind = '{kind}' AND k.source_id = t.id"
        " AND k.part = '' AND k.released_at IS NULL) ORDER BY t.id"
    )
