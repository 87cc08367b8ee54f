"""The report's reasons in sentences: those of tickets, and what only the report or a charge has."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from invoicing.charges import plan as charges
from tickets import reasons

SENTENCES: Final = MappingProxyType({
    "issued": "It is on a document that was issued.",
    "draft": "It is on a draft that was not issued yet.",
    "not_decided": "Nobody has decided about it yet.",
    "ticket_cancelled": "The ticket was cancelled.",
    "running": "The timer is running.",
    "rejected": "The time was rejected.",
    "fee_not_owed": "The ticket is settled without a fee: its strategy bills none, or it was agreed later.",
    "failed": "Billing it fails each time; the log says why.",
    "lost": "It should be settled, and nothing settles it.",
    charges.CONTRACT_NOT_IN_FORCE: "Its contract is not in force.",
    charges.MANAGED_BY_PARTNER: "A partner manages the client and is billed for it.",
    charges.CLIENT_INACTIVE: "The client is inactive.",
    charges.DUE_BEFORE_ENROLMENT: "It was due before the client was enrolled in automatic billing.",
})  # fmt: skip
# The same word for something else, where the unit itself is not counted.
NOT_COUNTED: Final = MappingProxyType({
    "draft": "The time is a draft.",
    "not_billable": "The time is marked as not billable.",
})  # fmt: skip


def sentence(bucket: str | None, reason: str) -> str:
    """The reason in a sentence; one that has none is shown as it is stored."""
    own = NOT_COUNTED.get(reason) if bucket == "not_counted" else None
    return own or SENTENCES.get(reason) or reasons.sentence(reason)
