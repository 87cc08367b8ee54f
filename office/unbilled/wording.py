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
    # Reasons that tickets have as well, said of any unit.
    "waived": "Its billing was waived.",
    "held_by_person": "A person holds it back.",
    "not_managed": "No partner managed the company on its day.",
    "month_not_over": "Its month is not over.",
    "month_not_run": "Its month is over, and the partner's invoice was not made yet.",
    "month_parked": "Making the invoice of its month failed several times.",
    "late": "It came in after its month was billed, and goes on the partner's next invoice.",
    "given_back": "A credit note gave it back; it goes on the partner's next invoice.",
    "next_invoice": "It goes on the partner's next invoice.",
    "call_not_completed": "The call was not completed.",
    "output_pending": "Its output was not sent yet.",
    "output_failed": "Sending its output failed.",
    "no_configuration": "Nothing says how the company's cases are put out.",
    "flat_or_none": "Its output is paid by the month, or not at all.",
    "inactive_configuration": "Its output is switched off.",
    "change_not_approved": "The change was not approved.",
    "change_cancelled": "The change was cancelled.",
    "company_not_started": "The company has not started yet.",
})  # fmt: skip
# The same word for something else, where the unit itself is not counted.
NOT_COUNTED: Final = MappingProxyType({
    "draft": "The time is a draft.",
    "not_billable": "It is marked as not billable.",
})  # fmt: skip


def sentence(bucket: str | None, reason: str) -> str:
    """The reason in a sentence; one that has none is shown as it is stored."""
    own = NOT_COUNTED.get(reason) if bucket == "not_counted" else None
    return own or SENTENCES.get(reason) or reasons.sentence(reason)
