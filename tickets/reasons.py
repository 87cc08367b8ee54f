"""Why a ticket was not charged, in a sentence for the person who looks at it: in pages, reports and commands."""

from __future__ import annotations

from types import MappingProxyType

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

SENTENCES = MappingProxyType({
    "included_ticket": _("The contract includes this ticket in its monthly number."),
    "included_hours": _("Prepaid hours of the contract paid for the time."),
    "unlimited_plan": _("The contract is an unlimited plan."),
    "late_work_absorbed": _("Work after billing is absorbed, as the contract says."),
    "entries_pending_approval": _("Time entries wait for approval."),
    "several_contracts": _("Several contracts are in force: choose one on the ticket or assign the contact."),
    "no_rate": _("No hourly rate is agreed anywhere."),
    "above_approval_threshold": _("So much time needs the approval of a person."),
    "fair_use_review": _("Usage of the plan is out of the ordinary and needs a look."),
    "no_time_entries": _("There are expenses and no time: somebody may have forgotten to log it."),
    "held_by_person": _("A person holds this ticket back."),
    "parked": _("Billing failed several times; see the detail."),
    "not_closed": _("The ticket is neither closed nor resolved."),
    "internal": _("The ticket is internal."),
    "no_client": _("The ticket has no client."),
    "not_billable": _("The ticket is marked as not billable."),
    "non_billable_type": _("Tickets of this type are not billed."),
    "waived": _("Billing of this ticket was waived."),
    "already_billed": _("All the work on it has been settled."),
    "billed_elsewhere": _("Another system has billed it."),
    "closed_before_enrolment": _("It was closed before the client was enrolled in automatic billing."),
    "client_not_enrolled": _("The client is not enrolled in automatic billing."),
    "below_minimum": _("The time stays below the minimum that is billed."),
    "nothing_to_bill": _("There is no billable work and no fee."),
    "zero_amount": _("The work comes to nothing."),
})  # fmt: skip


def sentence(reason: str) -> str:
    """The reason in a sentence, in the language of the page; one that has none is shown as it is stored."""
    return gettext(SENTENCES[reason]) if reason in SENTENCES else reason.replace("_", " ")


def short(reason: str) -> str:
    """The reason in a few words, in the language of the page."""
    words = reason.replace("_", " ")
    return gettext(words) if reason in SENTENCES else words
