"""What a claim means for an import: the work stays as it was claimed, and work billed elsewhere is claimed as such."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from .keys import EXTERNAL_ID_LENGTH
from .record_type import Check, Column, Key
from .values import text

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLAIM = " JOIN invoicing_claim k ON k.kind = '{kind}' AND k.source_id = t.id AND k.part = '' AND k.released_at IS NULL"
# Of a unit that is billed part by part, the claim of the latest one.
_CLAIM_OF_ANY_PART = (
    " JOIN LATERAL (SELECT c.* FROM invoicing_claim c WHERE c.kind = '{kind}' AND c.source_id = t.id"
    " AND c.released_at IS NULL ORDER BY c.part DESC LIMIT 1) k ON true"
)
_DOCUMENT = (
    " LEFT JOIN invoicing_invoiceline kl ON kl.id = k.line_id LEFT JOIN invoicing_invoice kv ON kv.id = kl.invoice_id"
)
_WHERE = (
    "CASE k.outcome WHEN 'billed' THEN 'billed on ' || CASE WHEN kv.number IS NULL THEN 'a draft' ELSE kv.number END"
    " WHEN 'elsewhere' THEN 'billed elsewhere as ' || k.reference ELSE k.outcome END"
)
# A mark of the former system may be taken away in the same line that corrects the work.
_STAYS = "(k.outcome <> 'elsewhere' OR i.{key} <> '')"


def mark(kind: str) -> Key:
    """The key `billed_elsewhere` of a type whose table has no column for it: the claim alone keeps it."""
    field: models.Field[str, str] = models.CharField(max_length=EXTERNAL_ID_LENGTH, blank=True)
    field.set_attributes_from_name("billed_elsewhere")
    kept = (
        f"COALESCE((SELECT c.reference FROM invoicing_claim c WHERE c.kind = '{kind}' AND c.source_id = t.id"
        " AND c.part = '' AND c.released_at IS NULL AND c.outcome = 'elsewhere'), '')"
    )
    column = Column("billed_elsewhere", f"varchar({EXTERNAL_ID_LENGTH})", field, kept=kept)
    return Key("billed_elsewhere", (column,), text(EXTERNAL_ID_LENGTH, empty=True), ("",))


def frozen(
    kind: str,
    fields: Sequence[tuple[str, str, str]],
    *,
    has_mark: bool = True,
    key: str = "billed_elsewhere",
    by_part: bool = False,
) -> tuple[Check, ...]:
    """Checks that claimed work of that kind is not changed: (key of the line, staged value, stored value) each.

    `has_mark`: lines may say, in `key`, that it was billed elsewhere. `by_part`: units of the kind are billed in parts.
    """
    joins = _joined(kind, by_part=by_part)
    stays = f" AND {_STAYS.format(key=key)}" if has_mark else ""
    return tuple(
        Check(field, f"{staged} IS DISTINCT FROM {was}{stays}", f"'cannot change: it is ' || {_WHERE}", joins)
        for field, staged, was in fields
    )


def marked(kind: str, *, key: str = "billed_elsewhere", by_part: bool = False) -> Check:
    """The check that work which is claimed by us is not marked as billed elsewhere."""
    return Check(
        key,
        f"i.{key} <> '' AND k.outcome <> 'elsewhere'",
        f"'cannot be set: it is ' || {_WHERE}",
        _joined(kind, by_part=by_part),
    )


def release_mark(kind: str, name: str, *, key: str = "billed_elsewhere") -> str:
    """SQL: release the claim of a mark that the file takes away or changes."""
    return (
        "UPDATE invoicing_claim k SET released_at = %(at)s, released_by = %(by)s, release_reason = 'import'"
        f" FROM import_{name} i WHERE k.kind = '{kind}' AND k.source_id = i.pk AND k.part = ''"
        f" AND k.released_at IS NULL AND k.outcome = 'elsewhere' AND k.reference <> i.{key}"
    )


def claim_mark(kind: str, name: str, table: str, *, key: str = "billed_elsewhere") -> str:
    """SQL: claim what the file marks as billed elsewhere."""
    return (
        "INSERT INTO invoicing_claim"
        " (kind, source_id, part, outcome, reference, claimed_at, released_by, release_reason)"
        f" SELECT '{kind}', t.id, '', 'elsewhere', i.{key}, %(at)s, '', ''"
        f" FROM import_{name} i JOIN {table} t ON t.external_id = i.key WHERE i.{key} <> ''"
        f" AND NOT EXISTS (SELECT FROM invoicing_claim k WHERE k.kind = '{kind}' AND k.source_id = t.id"
        " AND k.part = '' AND k.released_at IS NULL) ORDER BY t.id"
    )


def _joined(kind: str, *, by_part: bool) -> str:
    return (_CLAIM_OF_ANY_PART if by_part else _CLAIM).format(kind=kind) + _DOCUMENT
