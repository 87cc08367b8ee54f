"""The page on which a customer pays an invoice: a button that pays, one whose card is declined."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs

from tests.stripe_simulator import transitions
from tests.stripe_simulator.desk import Desk
from tests.stripe_simulator.errors import Refused
from tests.stripe_simulator.world import Object

_CARDS = {"pay": "pm_card_visa", "decline": "pm_card_chargeCustomerFail"}


def answer(desk: Desk, method: str, path: str, body: str) -> tuple[int, str]:
    """Status and HTML of `/pay/<invoice>`; a POST with `card` pays or declines first."""
    said = ""
    with desk.world.lock:
        try:
            invoice = desk.world.get("invoice", path.split("/")[2], "invoice")
            if method == "POST":
                card = _CARDS.get(parse_qs(body).get("card", [""])[0])
                if card is None:
                    return 400, _page("Unknown card", "")
                transitions.pay(desk.world, {"payment_method": card}, invoice["id"])
        except Refused as refused:
            said = str(refused)
            if refused.status == 404:
                return 404, _page("No such invoice", said)
        return 200, _page(*_invoice(invoice, said))


def _invoice(invoice: Object, said: str) -> tuple[str, str]:
    total = f"{invoice['amount_due'] // 100}.{invoice['amount_due'] % 100:02d} {invoice['currency'].upper()}"
    buttons = "".join(
        f'<form method="post"><button name="card" value="{name}">{label}</button></form>'
        for name, label in (("pay", f"Pay {total}"), ("decline", "Pay with a card that is declined"))
    )
    state = f"<p>Amount due: {total}</p><p>Status: {escape(invoice['status'])}</p><p>{escape(said)}</p>"
    payable = invoice["status"] in ("open", "uncollectible")
    return f"Invoice {invoice['number']}", state + (buttons if payable else "")


def _page(title: str, body: str) -> str:
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
    return f"{head}<h1>{escape(title)}</h1><p>Stripe simulator: no money moves.</p>{body}"
