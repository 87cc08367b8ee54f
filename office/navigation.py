"""The sidebar: what there is, in the order of the work, and only what a person may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

# Group: (title, icon, app, model) each; of pages without a table (title, icon, permission, name of the address).
# Titles are translated where they are shown.
SIDEBAR: Sequence[tuple[str, Sequence[tuple[str, str, str, str]]]] = (
    ("Work", (
        ("Tickets", "confirmation_number", "tickets", "ticket"),
        ("Time entries", "schedule", "tickets", "timeentry"),
        ("To approve", "fact_check", "tickets.approve_timeentry", "time-to-approve"),
        ("Expenses", "shopping_cart", "tickets", "expense"),
    )),
    ("Documents", (
        ("Invoices", "receipt_long", "invoicing", "invoice"),
        ("Payments", "payments", "invoicing", "payment"),
        ("Discounts", "percent", "invoicing", "discount"),
        ("Mails", "mail", "invoicing", "mail"),
    )),
    ("Agreements", (
        ("Clients", "apartment", "contracts", "client"),
        ("Contacts", "contacts", "contracts", "contact"),
        ("Contracts", "contract", "contracts", "contract"),
        ("Recurring charges", "event_repeat", "contracts", "recurringcharge"),
        ("Single charges", "add_card", "contracts", "clientcharge"),
        ("Allowances used", "data_usage", "contracts", "allocation"),
        ("Fair use", "balance", "contracts", "fairusereview"),
    )),
    ("Gateway", (
        ("Partners' months", "calendar_month", "gateway_billing.view_monthrun", "gateway-months"),
        ("Calls", "call", "gateway_billing", "call"),
        ("Service cases", "support_agent", "gateway_billing", "servicecase"),
        ("Service changes", "published_with_changes", "gateway_billing", "servicechange"),
        ("Late usage", "running_with_errors", "gateway_billing", "lateunit"),
        ("Margins", "monitoring", "gateway_billing.view_feeschedule", "gateway-margin"),
        ("Months run", "event_available", "gateway_billing", "monthrun"),
        ("Months that failed", "event_busy", "gateway_billing", "monthattempt"),
    )),
    ("Gateway prices", (
        ("Call fees", "price_change", "gateway_billing", "feeschedule"),
        ("Service prices", "sell", "gateway_billing", "serviceprice"),
        ("Services offered", "inventory_2", "gateway_billing", "servicetemplate"),
        ("Outputs", "outbox", "gateway_billing", "outputconfiguration"),
        ("Case categories", "category", "gateway_billing", "casecategory"),
    )),
    ("Stripe", (
        ("Stripe calls", "outbound", "invoicing", "stripecall"),
        ("Stripe events", "webhook", "invoicing", "stripeevent"),
        ("Anomalies", "report", "invoicing", "anomaly"),
    )),
    ("Reports", (
        ("Activity", "timeline", "invoicing.view_auditentry", "report-activity"),
        ("Failed and parked", "error", "invoicing.view_job", "report-failed"),
        ("Queues", "queue", "tickets.view_billingattempt", "report-queues"),
        ("Unbilled work", "hourglass_empty", "tickets.view_ticket", "report-unbilled"),
        ("Exports", "download", "invoicing.view_invoice", "report-exports"),
    )),
    ("Books", (
        ("Audit trail", "history", "invoicing.view_auditentry", "report-audit"),
        ("Claims", "done_all", "invoicing", "claim"),
        ("Number series", "tag", "invoicing", "numberseries"),
        ("VAT checks", "verified", "invoicing", "vatcheck"),
    )),
    ("Control", (
        ("Jobs", "pending_actions", "invoicing", "job"),
        ("Automation", "power_settings_new", "invoicing", "storedsetting"),
        ("Enrolment", "how_to_reg", "contracts.view_client", "enrolment"),
        ("Being billed now", "sync", "tickets", "billingattempt"),
        ("People", "group", "accounts", "user"),
    )),
)  # fmt: skip


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The navigation for the person who asks; groups without anything to see are left out."""
    groups = [
        {
            "title": _(title),
            "separator": True,
            "items": [_item(*entry) for entry in entries if _may_see(request, *entry)],
        }
        for title, entries in SIDEBAR
    ]
    home = {"title": "", "items": [{"title": _("Home"), "icon": "home", "link": reverse("admin:index")}]}
    return [home, *(group for group in groups if group["items"])]


def _item(title: str, icon: str, app: str, model: str) -> dict[str, Any]:
    address = model if "." in app else f"admin:{app}_{model}_changelist"
    return {"title": _(title), "icon": icon, "link": reverse(address)}


def _may_see(request: HttpRequest, _title: str, _icon: str, app: str, model: str) -> bool:
    return bool(request.user.has_perm(app if "." in app else f"{app}.view_{model}"))
