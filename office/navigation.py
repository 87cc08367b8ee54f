"""The sidebar: what there is, in the order of the work, and only what a person may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

# Group: (title, icon, app, model) each.
SIDEBAR: Sequence[tuple[str, Sequence[tuple[str, str, str, str]]]] = (
    ("Work", (
        ("Tickets", "confirmation_number", "tickets", "ticket"),
        ("Time entries", "schedule", "tickets", "timeentry"),
        ("Expenses", "shopping_cart", "tickets", "expense"),
    )),
    ("Documents", (
        ("Invoices", "receipt_long", "invoicing", "invoice"),
        ("Mails", "mail", "invoicing", "mail"),
        ("Claims", "done_all", "invoicing", "claim"),
        ("Number series", "tag", "invoicing", "numberseries"),
    )),
    ("Agreements", (
        ("Clients", "apartment", "contracts", "client"),
        ("Contacts", "contacts", "contracts", "contact"),
        ("Contracts", "contract", "contracts", "contract"),
        ("Allowances used", "data_usage", "contracts", "allocation"),
    )),
    ("Control", (
        ("Jobs", "pending_actions", "invoicing", "job"),
        ("Automation", "power_settings_new", "invoicing", "killswitch"),
        ("Being billed now", "sync", "tickets", "billingattempt"),
        ("Audit trail", "history", "invoicing", "auditentry"),
        ("People", "group", "accounts", "user"),
    )),
)  # fmt: skip


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The navigation for the person who asks; groups without anything to see are left out."""
    groups = [
        {"title": title, "separator": True, "items": [_item(*entry) for entry in entries if _may_see(request, *entry)]}
        for title, entries in SIDEBAR
    ]
    home = {"title": "", "items": [{"title": "Home", "icon": "home", "link": reverse("admin:index")}]}
    return [home, *(group for group in groups if group["items"])]


def _item(title: str, icon: str, app: str, model: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse(f"admin:{app}_{model}_changelist")}


def _may_see(request: HttpRequest, _title: str, _icon: str, app: str, model: str) -> bool:
    return bool(request.user.has_perm(f"{app}.view_{model}"))
