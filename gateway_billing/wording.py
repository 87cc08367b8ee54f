"""What became of a partner's month, in words for people. The words are translated where they are shown."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_noop as _

from gateway_billing import month_plan as outcomes

PLANNED: Final = MappingProxyType({
    outcomes.INVOICE: _("would be invoiced"),
    outcomes.EXISTS: _("was invoiced before"),
    outcomes.NOTHING: _("nothing to invoice"),
    outcomes.FAILED: _("cannot be planned"),
})  # fmt: skip
DONE: Final = MappingProxyType({
    outcomes.INVOICE: _("invoiced"),
    outcomes.EXISTS: _("was invoiced before"),
    outcomes.NOTHING: _("nothing to invoice"),
    outcomes.FAILED: _("failed"),
})  # fmt: skip
REASONS: Final = MappingProxyType({
    outcomes.NO_USAGE: _("There is nothing to bill."),
    outcomes.ZERO_AMOUNT: _("What was used costs nothing."),
    outcomes.CLOSED: _("The month was closed without an invoice."),
    outcomes.IS_DRAFT: _("It is a draft: issue it on its page."),
    outcomes.NOT_OVER: _("The month is not over for this partner: it can only be planned."),
})  # fmt: skip
# Why units of a month are not billed.
UNBILLED: Final = MappingProxyType({
    "pending": _("cases that were not sent yet"),
    "failed": _("cases that could not be sent"),
    "waived": _("cases that were waived"),
    "not_billable": _("cases that are not billable"),
    "inactive_configuration": _("cases whose output is switched off"),
    "flat_or_none": _("cases that are paid by the month, or not at all"),
    "no_configuration": _("cases of a company without a default output"),
    "call_not_completed": _("calls that were not completed"),
    "change_not_approved": _("changes that were not approved"),
})  # fmt: skip


def reason(code: str) -> str:
    """The reason as a sentence; what is a sentence already stays as it is."""
    return REASONS.get(code, code)


def unbilled(code: str) -> str:
    """What is not billed, as it is counted."""
    return UNBILLED.get(code, code.replace("_", " "))
