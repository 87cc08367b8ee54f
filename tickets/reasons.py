"""Why a ticket was not charged, in a sentence for the person who looks at it: in pages, reports and commands."""

from __future__ import annotations

from types import MappingProxyType

SENTENCES = MappingProxyType({
    "included_ticket": "The contract includes this ticket in its monthly number.",
    "included_hours": "Prepaid hours of the contract paid for the time.",
    "unlimited_plan": "The contract is an unlimited plan.",
    "late_work_absorbed": "Work after billing is absorbed, as the contract says.",
    "entries_pending_approval": "Time entries wait for approval.",
    "several_contracts": "Several contracts are in force: choose one on the ticket or assign the contact.",
    "no_rate": "No hourly rate is agreed anywhere.",
    "above_approval_threshold": "So much time needs the approval of a person.",
    "fair_use_review": "Usage of the plan is out of the ordinary and needs a look.",
    "no_time_entries": "There are expenses and no time: somebody may have forgotten to log it.",
    "held_by_person": "A person holds this ticket back.",
    "parked": "Billing failed several times; see the detail.",
    "not_closed": "The ticket is neither closed nor resolved.",
    "internal": "The ticket is internal.",
    "no_client": "The ticket has no client.",
    "not_billable": "The ticket is marked as not billable.",
    "non_billable_type": "Tickets of this type are not billed.",
    "waived": "Billing of this ticket was waived.",
    "already_billed": "All the work on it has been settled.",
    "billed_elsewhere": "Another system has billed it.",
    "closed_before_enrolment": "It was closed before the client was enrolled in automatic billing.",
    "client_not_enrolled": "The client is not enrolled in automatic billing.",
    "below_minimum": "The time stays below the minimum that is billed.",
    "nothing_to_bill": "There is no billable work and no fee.",
    "zero_amount": "The work comes to nothing.",
})  # fmt: skip


def sentence(reason: str) -> str:
    """The reason in a sentence; one that has none is shown as it is stored."""
    return SENTENCES.get(reason, reason.replace("_", " "))


def short(reason: str) -> str:
    """The reason in a few words."""
    return reason.replace("_", " ")
