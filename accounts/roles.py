"""Who may do what: one table from role to permissions. A person has one role."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from django.db import models

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(models.TextChoices):
    """Each role may do what the one before may, except that technicians and clerks have separate work."""

    VIEWER = "viewer", "Viewer"
    TECHNICIAN = "technician", "Technician"
    CLERK = "clerk", "Clerk"
    APPROVER = "approver", "Approver"
    ADMINISTRATOR = "administrator", "Administrator"


_TERMS = ("client", "contact", "contract", "assignment", "rate", "recurringcharge", "clientcharge")
_WORK = ("ticket", "timeentry", "expense")
_DOCUMENTS = ("invoice", "invoiceline", "claim", "auditentry", "payment", "discount", "storedfile", "mail", "vatcheck")
_GATEWAY_TERMS = (
    "feeschedule",
    "outputconfiguration",
    "casecategory",
    "servicetemplate",
    "serviceprice",
    "servicechange",
)
_USAGE = ("call", "servicecase")


def _model(app: str, names: tuple[str, ...], *actions: str) -> frozenset[str]:
    return frozenset(f"{app}.{action}_{name}" for name in names for action in actions)


# Written by billing alone; people look at them.
_KEPT_BY_BILLING = (
    _model("contracts", ("allocation", "management", "fairusereview"), "view")
    | _model("tickets", ("billingattempt", "ticketusage", "shadowbill", "manualbill"), "view")
    | _model(
        "invoicing", ("taxline", "numberseries", "killswitch", "job", "storedsetting", "auditseal", "audithead"), "view"
    )
    | _model("invoicing", ("stripeevent", "stripeinvoice", "stripecall", "dispute", "anomaly"), "view")
    | _model("gateway_billing", ("monthrun", "monthattempt", "lateunit"), "view")
)
_READ = (
    _model("contracts", _TERMS, "view")
    | _model("tickets", _WORK, "view")
    | _model("invoicing", _DOCUMENTS, "view")
    | _model("gateway_billing", (*_GATEWAY_TERMS, *_USAGE), "view")
    | _KEPT_BY_BILLING
)
_RECORD_WORK = _model("tickets", _WORK, "add", "change")
_KEEP_TERMS = (
    _model("contracts", _TERMS, "add", "change")
    | _model("gateway_billing", _GATEWAY_TERMS, "add", "change")
    | _model("invoicing", ("discount",), "add", "change")
)
_BILL = frozenset(
    {
        "tickets.bill_ticket",
        "tickets.hold_billing",
        "tickets.release_billing",
        "invoicing.issue_invoice",
        "invoicing.send_invoice",
        "invoicing.record_payment",
        "gateway_billing.run_month",
        "invoicing.replay_stripeevent",
        "invoicing.close_anomaly",
    }
)
# What overrules a rule or gives money away needs a second pair of eyes; that nobody approves
# own work is checked where the approval is recorded, because it depends on the row.
_APPROVE = frozenset(
    {
        "tickets.approve_timeentry",
        "tickets.approve_ticket",
        "tickets.force_billing",
        "tickets.waive_billing",
        "tickets.override_strategy",
        "tickets.override_rate",
        "contracts.change_fairusereview",
        "invoicing.void_invoice",
        "invoicing.credit_invoice",
        "gateway_billing.approve_servicechange",
        "gateway_billing.waive_servicecase",
    }
)
_ADMINISTER = _model("accounts", ("user",), "view", "add", "change") | {
    "invoicing.switch_automation",
    "invoicing.change_automation",
    "invoicing.verify_audit",
}
# Drafts can be put together and corrected by hand; lines, claims and the audit trail are written by billing alone.
_DRAFT_BY_HAND = _model("invoicing", ("invoice",), "add", "change")

_CLERK = _READ | _KEEP_TERMS | _BILL | _DRAFT_BY_HAND
_APPROVER = _CLERK | _APPROVE

ROLES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        Role.VIEWER.value: _READ,
        Role.TECHNICIAN.value: _READ | _RECORD_WORK,
        Role.CLERK.value: _CLERK,
        Role.APPROVER.value: _APPROVER,
        Role.ADMINISTRATOR.value: _APPROVER | _RECORD_WORK | _ADMINISTER,
    }
)


def permissions(role: str) -> frozenset[str]:
    """Return the permissions ("app.codename") of a role; none for a role that nobody knows."""
    return ROLES.get(role, frozenset())
