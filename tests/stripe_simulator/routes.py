"""What the simulator answers: method and path, the SDK's TypedDict of the call, and who carries it out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.stripe_simulator import corrections, customers, invoices, lines, methods, refunds, transitions
from tests.stripe_simulator.errors import Refused, missing
from tests.stripe_simulator.listing import page
from tests.stripe_simulator.world import Object, World

Action = Callable[..., Object]


@dataclass(frozen=True)
class Route:
    """`name` is `POST /v1/invoices/*/pay`; `params` the TypedDict of the call in `stripe.params`."""

    name: str
    params: str
    action: Action

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.escape(self.name).replace(r"\*", "([^/]+)").replace(r"\ ", " "))


def _list(kind: str, url: str, world: World, params: dict[str, Any]) -> Object:
    return page(world, world.of(kind), params, url)


def _one(kind: str, param: str, world: World, params: dict[str, Any], identifier: str) -> Object:
    return world.get(kind, identifier, param)


def _items(world: World, params: dict[str, Any]) -> Object:
    pending = params.pop("pending", None)
    found = [item for item in world.of("invoiceitem") if pending is None or (item["invoice"] is None) == pending]
    return page(world, found, params, "/v1/invoiceitems", created="date")


def _events(world: World, params: dict[str, Any]) -> Object:
    """Events of the last 30 days, each in the shape that the account's version had when it happened."""
    since = world.now - 30 * 86400
    shapes = [told.shape(old=world.events_are_old) for told in world.events.values()]
    wanted = params.pop("types", None) or ([params.pop("type")] if "type" in params else None)
    delivered = params.pop("delivery_success", None)
    kept = [event for event in shapes if event["created"] > since and (wanted is None or event["type"] in wanted)]
    kept = [event for event in kept if delivered is None or (event["pending_webhooks"] == 0) == delivered]
    return page(world, kept, params, "/v1/events")


def _event(world: World, params: dict[str, Any], identifier: str) -> Object:
    if identifier not in world.events:
        raise missing("event", identifier, "id")
    return world.events[identifier].shape(old=world.events_are_old)


def _methods(world: World, params: dict[str, Any]) -> Object:
    return page(world, world.of("payment_method"), params, "/v1/payment_methods")


def _methods_of(world: World, params: dict[str, Any], customer: str) -> Object:
    url = f"/v1/customers/{customer}/payment_methods"
    return page(world, methods.list_of(world, params, customer), params, url)


def _account(world: World, params: dict[str, Any], *_: str) -> Object:
    return {"id": ACCOUNT, "object": "account", "country": "DE", "default_currency": "eur", "charges_enabled": True}


ACCOUNT = "acct_1Simulator"


def _reading(kind: str, url: str, prefix: str, param: str = "id") -> list[Route]:
    return [
        Route(f"GET {url}", f"{prefix}ListParams", partial(_list, kind, url)),
        Route(f"GET {url}/*", f"{prefix}RetrieveParams", partial(_one, kind, param)),
    ]


ROUTES = [
    Route("GET /v1/account", "AccountRetrieveCurrentParams", _account),
    Route("POST /v1/customers", "CustomerCreateParams", methods.create_customer),
    Route("GET /v1/customers", "CustomerListParams", partial(_list, "customer", "/v1/customers")),
    Route("GET /v1/customers/search", "CustomerSearchParams", customers.find),
    Route("GET /v1/customers/*", "CustomerRetrieveParams", customers.retrieve),
    Route("POST /v1/customers/*", "CustomerUpdateParams", customers.update),
    Route("DELETE /v1/customers/*", "CustomerDeleteParams", customers.delete),
    Route("POST /v1/customers/*/tax_ids", "CustomerTaxIdCreateParams", customers.create_tax_id),
    Route("GET /v1/customers/*/tax_ids", "CustomerTaxIdListParams", customers.list_tax_ids),
    Route("DELETE /v1/customers/*/tax_ids/*", "CustomerTaxIdDeleteParams", customers.delete_tax_id),
    Route("GET /v1/customers/*/payment_methods", "CustomerPaymentMethodListParams", _methods_of),
    Route("POST /v1/tax_rates", "TaxRateCreateParams", customers.create_tax_rate),
    Route("POST /v1/tax_rates/*", "TaxRateUpdateParams", customers.update_tax_rate),
    *_reading("tax_rate", "/v1/tax_rates", "TaxRate"),
    Route("POST /v1/products", "ProductCreateParams", customers.create_product),
    *_reading("product", "/v1/products", "Product"),
    Route("POST /v1/payment_methods", "PaymentMethodCreateParams", methods.create),
    Route("GET /v1/payment_methods", "PaymentMethodListParams", _methods),
    Route("GET /v1/payment_methods/*", "PaymentMethodRetrieveParams", partial(_one, "payment_method", "id")),
    Route("POST /v1/payment_methods/*/attach", "PaymentMethodAttachParams", methods.attach),
    Route("POST /v1/payment_methods/*/detach", "PaymentMethodDetachParams", methods.detach),
    Route("POST /v1/invoiceitems", "InvoiceItemCreateParams", lines.create_item),
    Route("GET /v1/invoiceitems", "InvoiceItemListParams", _items),
    Route("GET /v1/invoiceitems/*", "InvoiceItemRetrieveParams", partial(_one, "invoiceitem", "id")),
    Route("DELETE /v1/invoiceitems/*", "InvoiceItemDeleteParams", lines.delete_item),
    Route("POST /v1/invoices", "InvoiceCreateParams", invoices.create),
    Route("GET /v1/invoices/search", "InvoiceSearchParams", invoices.find),
    *_reading("invoice", "/v1/invoices", "Invoice", "invoice"),
    Route("POST /v1/invoices/*", "InvoiceUpdateParams", invoices.update),
    Route("DELETE /v1/invoices/*", "InvoiceDeleteParams", invoices.delete),
    Route("GET /v1/invoices/*/lines", "InvoiceLineItemListParams", lines.list_lines),
    Route("POST /v1/invoices/*/lines/*", "InvoiceLineItemUpdateParams", lines.update_line),
    Route("POST /v1/invoices/*/add_lines", "InvoiceAddLinesParams", lines.add_lines),
    Route("POST /v1/invoices/*/update_lines", "InvoiceUpdateLinesParams", lines.update_lines),
    Route("POST /v1/invoices/*/remove_lines", "InvoiceRemoveLinesParams", lines.remove_lines),
    Route("POST /v1/invoices/*/finalize", "InvoiceFinalizeInvoiceParams", transitions.finalize),
    Route("POST /v1/invoices/*/send", "InvoiceSendInvoiceParams", transitions.send),
    Route("POST /v1/invoices/*/pay", "InvoicePayParams", transitions.pay),
    Route("POST /v1/invoices/*/void", "InvoiceVoidInvoiceParams", transitions.void),
    Route("POST /v1/invoices/*/mark_uncollectible", "InvoiceMarkUncollectibleParams", transitions.mark_uncollectible),
    *_reading("invoice_payment", "/v1/invoice_payments", "InvoicePayment"),
    *_reading("payment_intent", "/v1/payment_intents", "PaymentIntent", "intent"),
    *_reading("charge", "/v1/charges", "Charge"),
    Route("POST /v1/credit_notes", "CreditNoteCreateParams", corrections.create),
    *_reading("credit_note", "/v1/credit_notes", "CreditNote"),
    Route("POST /v1/credit_notes/*", "CreditNoteUpdateParams", corrections.update),
    Route("POST /v1/credit_notes/*/void", "CreditNoteVoidCreditNoteParams", corrections.void),
    Route("GET /v1/credit_notes/*/lines", "CreditNoteLineItemListParams", corrections.list_lines),
    Route("POST /v1/refunds", "RefundCreateParams", refunds.create),
    *_reading("refund", "/v1/refunds", "Refund"),
    *_reading("dispute", "/v1/disputes", "Dispute", "dispute"),
    Route("POST /v1/disputes/*/close", "DisputeCloseParams", refunds.close),
    Route("GET /v1/events", "EventListParams", _events),
    Route("GET /v1/events/*", "EventRetrieveParams", _event),
]
_PATTERNS = [(route, route.pattern) for route in ROUTES]
NAMES = frozenset(route.name for route in ROUTES)


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The route and the ids in the path; Refused (404) for one that is not known."""
    for route, pattern in _PATTERNS:
        if match := pattern.fullmatch(f"{method} {path}"):
            return route, match.groups()
    raise Refused(f"Unrecognized request URL ({method}: {path}).", status=404)


def name(method: str, path: str) -> str:
    """The route's name, else the request as it came."""
    try:
        return find(method, path)[0].name
    except Refused:
        return f"{method} {path}"
