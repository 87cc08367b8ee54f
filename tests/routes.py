"""Every address of the product, read from its resolver, and which permission each needs: the table of the matrix.

A page of a new table: one line in TABLES. A button, or a page of its own: one line in PAGES. A page that is open to
everybody: OPEN, which wants a good reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.roles import permissions

Parts = Mapping[str, str | int | Callable[[], Any]]

ANYBODY = "whoever is signed in"
NOBODY = "nobody"


@dataclass(frozen=True)
class Needs:
    """The permission to look at a page, and to send its form; the row that it is about, and other parts of its address.

    `row` are lookups that find one row of the page's table; `parts` are values, or functions that find them.
    """

    permission: str | tuple[str, ...]
    to_send: str = ""
    row: Mapping[str, Any] = field(default_factory=dict)
    parts: Parts = field(default_factory=dict)

    def lets(self, role: str, method: str) -> bool:
        """Whether people of the role get through."""
        wanted = self.to_send if method != "get" and self.to_send else self.permission
        names = {wanted} if isinstance(wanted, str) else set(wanted)
        return names == {ANYBODY} or names <= permissions(role)


# Addresses without a sign-in, and why.
OPEN = {
    "admin:login": "one signs in here",
    "metrics": "Prometheus shows a token",
    "healthz": "load balancers ask, and learn one word",
    "stripe-webhook": "Stripe signs what it sends",
}

# What may be done with rows in the pages of each table; where nothing is said, they are looked at.
TABLES = {
    "accounts.user": "add change",
    "contracts.client": "add change",
    "contracts.contact": "add change",
    "contracts.contract": "add change",
    "contracts.allocation": "",
    "contracts.clientcharge": "add change",
    "contracts.fairusereview": "",
    "contracts.recurringcharge": "add change",
    "gateway_billing.call": "",
    "gateway_billing.casecategory": "add change",
    "gateway_billing.feeschedule": "add change",
    "gateway_billing.lateunit": "",
    "gateway_billing.monthattempt": "",
    "gateway_billing.monthrun": "",
    "gateway_billing.outputconfiguration": "add change",
    "gateway_billing.servicecase": "",
    "gateway_billing.servicechange": "add change",
    "gateway_billing.serviceprice": "add change",
    "gateway_billing.servicetemplate": "add change",
    "invoicing.anomaly": "",
    "invoicing.auditentry": "",
    "invoicing.claim": "",
    "invoicing.discount": "add change",
    "invoicing.invoice": "",
    "invoicing.job": "",
    "invoicing.killswitch": "",
    "invoicing.mail": "",
    "invoicing.numberseries": "",
    "invoicing.payment": "",
    "invoicing.storedsetting": "",
    "invoicing.stripecall": "",
    "invoicing.stripeevent": "",
    "invoicing.vatcheck": "",
    "tickets.billingattempt": "",
    "tickets.expense": "add change",
    "tickets.manualbill": "",
    "tickets.shadowbill": "",
    "tickets.ticket": "add change",
    "tickets.ticketusage": "",
    "tickets.timeentry": "add change",
}

_JANUARY = "2026-01"
_PARTNER: Parts = {"label": _JANUARY, "partner": lambda: _one("gateway_billing.monthrun", {}).partner_id}
_STATEMENT = ("invoicing.view_invoice", "gateway_billing.view_call", "gateway_billing.view_servicecase")
_COMPANY: Parts = {
    "document": lambda: _one("gateway_billing.monthrun", {}).invoice_id,
    "company": lambda: _one("gateway_billing.call", {}).company_id,
}
_CLIENT: Parts = {"client": lambda: _one("contracts.client", {}).pk}
_DRAFT, _OPEN = {"status": "draft"}, {"status": "open"}
_WAITS = {"billing_status": "unbilled"}
_HELD = {"billing_reason": "above_approval_threshold"}
PAGES = {
    "home": Needs(ANYBODY),
    "second-factor": Needs(ANYBODY),
    "set_language": Needs(ANYBODY),
    "second-factor-set-up": Needs(ANYBODY),
    "admin:index": Needs(ANYBODY),
    "admin:search": Needs(ANYBODY),
    "admin:app_list": Needs(ANYBODY, parts={"app_label": "tickets"}),
    "admin:jsi18n": Needs(ANYBODY),
    "admin:password_change": Needs(ANYBODY),
    "admin:password_change_done": Needs(ANYBODY),
    "admin:auth_user_password_change": Needs(
        "accounts.change_user", parts={"id": lambda: _one("accounts.user", {}).pk}
    ),
    "admin:accounts_user_reset_second_factor": Needs("accounts.change_user", row={"totpdevice__isnull": False}),
    "admin:invoicing_discount_take_back": Needs("invoicing.change_discount"),
    "admin:invoicing_invoice_issue_this": Needs("invoicing.issue_invoice", row=_DRAFT),
    "admin:invoicing_invoice_add_line": Needs("invoicing.change_invoice", row=_DRAFT),
    "admin:invoicing_invoice_adjust_line": Needs("invoicing.change_invoice", row=_DRAFT),
    "admin:invoicing_invoice_change_line": Needs("invoicing.change_invoice", row=_DRAFT),
    "admin:invoicing_invoice_take_off": Needs("invoicing.change_invoice", row=_DRAFT),
    "admin:invoicing_invoice_discard_this": Needs("invoicing.change_invoice", row=_DRAFT),
    "admin:invoicing_invoice_discount_this": Needs("invoicing.add_discount", row=_DRAFT),
    "admin:invoicing_invoice_send_this": Needs("invoicing.send_invoice", row=_OPEN),
    "admin:invoicing_invoice_pay_this": Needs("invoicing.record_payment", row=_OPEN),
    "admin:invoicing_invoice_give_up_this": Needs("invoicing.void_invoice", row=_OPEN),
    "admin:invoicing_invoice_credit_this": Needs("invoicing.credit_invoice", row=_OPEN),
    "admin:invoicing_invoice_void_this": Needs("invoicing.void_invoice", row={**_OPEN, "payments": None}),
    "admin:invoicing_invoice_pdf": Needs("invoicing.view_storedfile", row={"buyer__e_invoice": "zugferd"}),
    "admin:invoicing_invoice_xml": Needs("invoicing.view_storedfile", row={"buyer__e_invoice": "zugferd"}),
    "admin:invoicing_job_retry": Needs("invoicing.switch_automation", row={"status": "failed"}),
    # It is stopped already; what is left is to resume.
    "admin:invoicing_killswitch_stop_automation": Needs(NOBODY),
    "admin:invoicing_killswitch_resume_automation": Needs("invoicing.switch_automation"),
    "admin:invoicing_storedsetting_change": Needs("invoicing.view_storedsetting", "invoicing.change_automation"),
    "admin:invoicing_storedsetting_environment": Needs("invoicing.change_automation"),
    "admin:tickets_ticket_bill_this": Needs("tickets.bill_ticket", row=_WAITS),
    "admin:tickets_ticket_approve_this": Needs("tickets.approve_ticket", row=_HELD),
    "admin:tickets_ticket_close_this": Needs("tickets.change_ticket", row=_OPEN),
    "admin:tickets_ticket_resolve_this": Needs("tickets.change_ticket", row=_OPEN),
    "admin:tickets_ticket_reopen_this": Needs("tickets.change_ticket", row={"status": "closed"}),
    "admin:tickets_ticket_hold_this": Needs("tickets.hold_billing", row=_WAITS),
    "admin:tickets_ticket_release_this": Needs("tickets.release_billing", row=_HELD),
    "admin:tickets_ticket_waive_this": Needs("tickets.waive_billing", row=_WAITS),
    "admin:tickets_ticket_force_this": Needs("tickets.force_billing", row=_WAITS),
    "admin:tickets_ticket_strategy_this": Needs("tickets.override_strategy", row=_WAITS),
    "admin:tickets_ticket_rate_this": Needs("tickets.override_rate", row=_WAITS),
    "admin:contracts_fairusereview_bill_excess": Needs("contracts.change_fairusereview"),
    "admin:contracts_fairusereview_leave_covered": Needs("contracts.change_fairusereview"),
    "admin:invoicing_anomaly_close": Needs("invoicing.close_anomaly"),
    "admin:invoicing_stripecall_try_one_again": Needs("invoicing.replay_stripeevent"),
    "admin:invoicing_stripeevent_replay": Needs("invoicing.replay_stripeevent"),
    "contract-example": Needs(
        "contracts.change_contract", parts={"contract": lambda: _one("contracts.contract", {}).pk}
    ),
    "contract-new-example": Needs("contracts.add_contract"),
    "contract-what-if": Needs("contracts.view_contract", parts={"contract": lambda: _one("contracts.contract", {}).pk}),
    "time-to-approve": Needs("tickets.view_timeentry"),
    "report-activity": Needs("invoicing.view_auditentry"),
    "report-failed": Needs("invoicing.view_job"),
    "report-queues": Needs(("invoicing.view_job", "tickets.view_billingattempt", "gateway_billing.view_monthattempt")),
    "report-unbilled": Needs(("tickets.view_ticket", "invoicing.view_claim", "gateway_billing.view_call")),
    "report-audit": Needs("invoicing.view_auditentry", "invoicing.verify_audit"),
    "report-exports": Needs("invoicing.view_invoice"),
    "enrolment": Needs("contracts.view_client"),
    "enrolment-client": Needs(("contracts.view_client", "tickets.view_ticket"), parts=_CLIENT),
    "enrolment-terms": Needs(("contracts.view_client", "invoicing.change_automation"), parts=_CLIENT),
    "gateway-months": Needs("gateway_billing.view_monthrun"),
    "gateway-month": Needs("gateway_billing.view_monthrun", parts=_PARTNER),
    "gateway-partner-month": Needs(("gateway_billing.view_monthrun", "invoicing.view_invoice"), parts=_PARTNER),
    "gateway-margin": Needs(("gateway_billing.view_feeschedule", "invoicing.view_invoice")),
    "gateway-margins": Needs(("gateway_billing.view_feeschedule", "invoicing.view_invoice"), parts=_PARTNER),
    "gateway-annex": Needs(_STATEMENT, parts=_COMPANY),
    "gateway-statement": Needs(_STATEMENT, parts=_COMPANY),
    "gateway-company-annex": Needs(_STATEMENT, parts=_COMPANY),
    "admin:gateway_billing_outputconfiguration_make_default": Needs(
        "gateway_billing.change_outputconfiguration", row={"default": False}
    ),
    "admin:gateway_billing_monthattempt_try_again": Needs("gateway_billing.run_month"),
    "admin:gateway_billing_servicecase_waive_this": Needs(
        "gateway_billing.waive_servicecase", row={"external_id": "case not billed"}
    ),
    "admin:gateway_billing_servicechange_approve_this": Needs(
        "gateway_billing.approve_servicechange", row={"status": "pending"}
    ),
    "admin:gateway_billing_servicechange_cancel_this": Needs(
        "gateway_billing.approve_servicechange", row={"status": "pending"}
    ),
}
# Tried elsewhere: what they answer depends on their questions, or on the method.
APART = {
    "admin:autocomplete": "test_tenants tries every field that completes",
    "admin:logout": "test_sessions",
    "admin:view_on_site": "no row of ours has a page of its own elsewhere",
    "admin:": "leads to the page of a row, or to nothing",
}


@dataclass(frozen=True)
class Route:
    """One address: its name, and its text with {parts}."""

    name: str
    text: str

    @cached_property
    def parts(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.text)

    @cached_property
    def needs(self) -> Needs | None:
        """Its line in the tables above, or None where nobody has written one."""
        return PAGES.get(self.name) or _of_table(self.name)

    def own(self) -> str:
        """The address of a row that is there."""
        assert self.needs is not None
        found = {
            part: value() if callable(value) else value
            for part, value in self.needs.parts.items()
            if part in self.parts
        }
        if "object_id" in self.parts and "object_id" not in found:
            found["object_id"] = _one(table_of(self.name), self.needs.row).pk
        return self.text.format_map(found)

    def of_another(self, value: str) -> str:
        """The address with that value in place of every part that names a row."""
        return self.text.format_map(dict.fromkeys(self.parts, value))


def routes() -> list[Route]:
    """All addresses, as the resolver has them."""
    return list(_walk(get_resolver(), "/", ""))


def _walk(resolver: Any, before: str, space: str) -> Iterator[Route]:
    for found in resolver.url_patterns:
        text = before + _text(str(found.pattern))
        if isinstance(found, URLResolver):
            yield from _walk(found, text, f"{space}{found.namespace}:" if found.namespace else space)
        elif isinstance(found, URLPattern):
            yield Route(f"{space}{found.name or ''}", text)


def _text(pattern: str) -> str:
    """A pattern of either kind with {part} for each part."""
    named = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern)
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", named).removeprefix("^").removesuffix("$")


def table_of(name: str) -> str:
    """The table that a page of the admin is about, as "app.model"; "" where it is about none."""
    page = name.removeprefix("admin:")
    found = [label for label in TABLES if page.startswith(label.replace(".", "_", 1) + "_")]
    return max(found, key=len, default="")


def _of_table(name: str) -> Needs | None:
    label = table_of(name)
    app, model = label.split(".") if label else ("", "")
    what, may = name.rpartition("_")[2], TABLES.get(label, "").split()
    if name != f"admin:{app}_{model}_{what}":
        return None
    view, change = f"{app}.view_{model}", f"{app}.change_{model}" if "change" in may else NOBODY
    return {
        "changelist": Needs(view),
        "history": Needs(view),
        "change": Needs(view, to_send=change),
        "add": Needs(f"{app}.add_{model}" if "add" in may else NOBODY),
        "delete": Needs(NOBODY),
    }.get(what)


def _one(label: str, lookups: Mapping[str, Any]) -> Any:
    found = apps.get_model(label)._default_manager.filter(**lookups).first()
    assert found is not None, f"tests/everything.py makes no {label} with {dict(lookups)}"
    return found
