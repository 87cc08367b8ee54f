"""What is known of VAT ids from the EU's register, and what that means for a document that rests on one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import config
from contracts.models import Client
from invoicing.models import VatCheck

ANSWERS = (VatCheck.Outcome.VALID, VatCheck.Outcome.INVALID)


@dataclass(frozen=True, slots=True)
class VatStanding:
    """The answer that counts, if it says valid; a problem holds the document, a warning does not."""

    check: VatCheck | None = None
    problem: str = ""
    warning: str = ""


UNCHECKED = VatStanding()


def newest_answers(vat_ids: Iterable[str]) -> dict[str, VatCheck]:
    """The newest answer for each VAT id, valid or invalid; a question that nobody answered changes nothing."""
    found = VatCheck.objects.filter(vat_id__in=list(vat_ids), outcome__in=ANSWERS)
    return {check.vat_id: check for check in found.order_by("vat_id", "-asked_at").distinct("vat_id")}


def standings(clients: Iterable[Client], *, at: datetime) -> dict[int, VatStanding]:
    """How the VAT ids of these clients stand, by their primary keys."""
    asked = list(clients)
    if not asked:
        return {}
    answers = newest_answers({client.vat_id for client in asked})
    return {client.pk: _standing(client, answers.get(client.vat_id), at) for client in asked}


def is_fresh(check: VatCheck, at: datetime) -> bool:
    """Whether the answer need not be asked for again."""
    return check.asked_at > at - timedelta(days=config.billing().vies_days)


def _standing(client: Client, check: VatCheck | None, at: datetime) -> VatStanding:
    named = f"client {client.external_id}: VAT id {client.vat_id}"
    if check is None:
        return VatStanding(warning=f"{named} is not verified: the EU's register (VIES) has not answered yet")
    day = f"{check.asked_at.astimezone(config.billing().zone):%Y-%m-%d}"
    if check.outcome == VatCheck.Outcome.INVALID:
        return VatStanding(
            problem=f"{named} is not valid, as the EU's register (VIES) said on {day}: correct it or take it away"
        )
    if not is_fresh(check, at):
        return VatStanding(check, warning=f"{named} is not verified: the last answer of the EU's register is of {day}")
    return VatStanding(check)
