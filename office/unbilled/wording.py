"""The report's reasons in sentences: those of tickets, and what only the report or a charge has."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from invoicing.charges import plan as charges
from tickets import reasons

SENTENCES: Final = MappingProxyType({
    "issued": _("It is on a document that was issued."),
    "draft": _("It is on a draft that was not issued yet."),
    "not_decided": _("Nobody has decided about it yet."),
    "ticket_cancelled": _("The ticket was cancelled."),
    "running": _("The timer is running."),
    "rejected": _("The time was rejected."),
    "fee_not_owed": _("The ticket is settled without a fee: its strategy bills none, or it was agreed later."),
    "failed": _("Billing it fails each time; the log says why."),
    "lost": _("It should be settled, and nothing settles it."),
    charges.CONTRACT_NOT_IN_FORCE: _("Its contract is not in force."),
    charges.MANAGED_BY_PARTNER: _("A partner manages the client and is billed for it."),
    charges.CLIENT_INACTIVE: _("The client is inactive."),
    charges.DUE_BEFORE_ENROLMENT: _("It was due before the client was enrolled in automatic billing."),
    # Reasons that tickets have as well, said of any unit.
    "waived": _("Its billing was waived."),
    "held_by_person": _("A person holds it back."),
    "not_managed": _("No partner managed the company on its day."),
    "month_not_over": _("Its month is not over."),
    "month_not_run": _("Its month is over, and the partner's invoice was not made yet."),
    "month_parked": _("Making the invoice of its month failed several times."),
    "late": _("It came in after its month was billed, and goes on the partner's next invoice."),
    "given_back": _("A credit note gave it back; it goes on the partner's next invoice."),
    "next_invoice": _("It goes on the partner's next invoice."),
    "call_not_completed": _("The call was not completed."),
    "output_pending": _("Its output was not sent yet."),
    "output_failed": _("Sending its output failed."),
    "no_configuration": _("Nothing says how the company's cases are put out."),
    "flat_or_none": _("Its output is paid by the month, or not at all."),
    "inactive_configuration": _("Its output is switched off."),
    "change_not_approved": _("The change was not approved."),
    "change_cancelled": _("The change was cancelled."),
    "company_not_started": _("The company has not started yet."),
})  # fmt: skip
# The same word for something else, where the unit itself is not counted.
NOT_COUNTED: Final = MappingProxyType({
    "draft": _("The time is a draft."),
    "not_billable": _("It is marked as not billable."),
})  # fmt: skip


def sentence(bucket: str | None, reason: str) -> str:
    """The reason in a sentence, in the language of the page; one that has none is shown as it is stored."""
    own = NOT_COUNTED.get(reason) if bucket == "not_counted" else None
    said = own or SENTENCES.get(reason)
    return gettext(said) if said else reasons.sentence(reason)
