"""The words of a message, in the recipient's language. What people wrote is filled in, never read as a template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Any, Literal

from babel.dates import format_date

from invoicing.display import money
from invoicing.models import Invoice

Stage = Literal["before", "due", "after", "last"]

TEMPLATES = Path(__file__).parent / "templates"
LOCALES = {"de": "de_DE", "en": "en_GB"}
# A letter to a partner is worded as one to a client.
WORDED_AS = {Invoice.Kind.AGGREGATE.value: Invoice.Kind.INVOICE.value}
LONGEST_SUBJECT = 300
SETTLED = (Invoice.Status.PAID, Invoice.Status.VOID)
# What the law wants below a business letter, beside name and address: entry of the seller, and what stands before it.
FOOTER = {
    "de": {"phone": "Telefon", "email": "E-Mail", "register": "", "managing_director": "Geschäftsführung",
           "vat_id": "USt-IdNr."},
    "en": {"phone": "Telephone", "email": "E-mail", "register": "", "managing_director": "Managing director",
           "vat_id": "VAT ID"},
}  # fmt: skip

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Text:
    """A message: one line of subject, and the body."""

    subject: str
    body: str


def one_line(text: object) -> str:
    """The text without line breaks, control characters and marks that turn the direction of writing."""
    return " ".join(_BREAKS.sub(" ", str(text)).split())


def document_text(document: Invoice) -> Text:
    """The message with which an issued document is sent."""
    return _composed(document, WORDED_AS.get(document.kind, document.kind))


def reminder_text(document: Invoice, stage: Stage) -> Text:
    """The reminder of an open document."""
    return _composed(document, f"reminder_{stage}")


def payment_failed_text(document: Invoice, *, failure: str, page: str) -> Text:
    """The message that a payment was tried and failed: why, in the words of the payment service, and where to pay."""
    return _composed(document, "payment_failed", {"failure": one_line(failure), "address": one_line(page)})


def _composed(document: Invoice, name: str, more: Mapping[str, str] = MappingProxyType({})) -> Text:
    language = "en" if (document.buyer or {}).get("language") == "en" else "de"
    values = _values(document, language) | dict(more)
    values["page"] = _filled("page", language, values) if values.get("address") else ""
    values["account"] = _filled("account", language, values) if values["iban"] else ""
    settled = document.status in SETTLED or document.open_cents <= 0
    values["payment"] = _filled("nothing_due" if settled else "payment", language, values)
    subject, _, body = _filled(name, language, values).partition("\n")
    return Text(one_line(subject)[:LONGEST_SUBJECT], _EMPTY_LINES.sub("\n\n", body).strip() + "\n")


def _values(document: Invoice, language: str) -> dict[str, str]:
    """What the templates may name."""
    seller: Mapping[str, Any] = document.seller or {}
    amounts = {
        "total": document.total_cents or 0, "open": document.open_cents, "given_back": -(document.total_cents or 0),
    }  # fmt: skip
    days = {"issued": document.issue_on, "due": document.due_on}
    first = document.cancels
    return {
        "number": one_line(document.number),
        "first": one_line(first.number) if first else "",
        "reason": one_line(document.reason),
        "seller": one_line(seller.get("name", "")),
        "iban": one_line(seller.get("iban", "")),
        "footer": _footer(seller, FOOTER[language]),
        **{name: money(cents, document.currency, locale=LOCALES[language]) for name, cents in amounts.items()},
        **{name: _day(day, language) for name, day in days.items()},
    }


def _day(day: date | None, language: str) -> str:
    return format_date(day, "long", locale=LOCALES[language]) if day else ""


def _footer(seller: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """Who writes: address, and what there is of the rest."""
    street = ", ".join(str(seller[name]) for name in ("line1", "line2") if seller.get(name))
    lines = [street, f"{seller.get('postcode', '')} {seller.get('city', '')}"]
    for name, label in labels.items():
        if value := seller.get(name):
            lines.append(f"{label}: {value}" if label else str(value))
    return "\n".join(line for line in map(one_line, lines) if line)


def _filled(name: str, language: str, values: Mapping[str, str]) -> str:
    return _template(name, language).substitute(values).strip()


@cache
def _template(name: str, language: str) -> Template:
    return Template((TEMPLATES / f"{name}.{language}.txt").read_text(encoding="utf-8"))
