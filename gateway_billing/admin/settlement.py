"""What settles a call or a case, and how its time reads."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from invoicing.models import Claim


def minutes_text(seconds: int) -> str:
    """The time of a call as people read it: "10:23 min"."""
    return f"{seconds // 60}:{seconds % 60:02} min"


def settled(kind: str, keys: list[int]) -> dict[int, Claim]:
    """The live claims of these units, with their documents, in one query."""
    live = Claim.objects.filter(kind=kind, source_id__in=keys, part="", released_at__isnull=True)
    return {claim.source_id: claim for claim in live.select_related("line__invoice")}


def state_of(unit: Any, claim: Claim | None) -> tuple[str, str]:
    """Whether the unit is billed, waived or neither, and the word for it."""
    if claim is not None:
        words = {Claim.Outcome.BILLED: _("billed"), Claim.Outcome.FREE: _("free")}
        name = "billed" if claim.outcome == Claim.Outcome.BILLED else "free"
        return name, words.get(Claim.Outcome(claim.outcome), claim.get_outcome_display())
    if getattr(unit, "waived_at", None) is not None:
        return "waived", _("waived")
    return "unbilled", _("unbilled")


def settled_by(kind: str, unit: Any) -> Claim | None:
    """As the list has looked it up; on the page of one unit it is asked for once."""
    if not hasattr(unit, "settled_by"):
        unit.settled_by = settled(kind, [unit.pk]).get(unit.pk)
    found: Claim | None = unit.settled_by
    return found
