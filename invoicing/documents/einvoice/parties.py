"""Seller and buyer of an electronic invoice, from the snapshots of the document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What XML cannot carry, and controls that nobody can see; line ends and tabs stay.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_LEITWEG = re.compile(r"\d{2,12}(-[A-Z0-9]{1,30})?-\d{2}", re.ASCII)
_OF_A_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
E_MAIL, LEITWEG = "EM", "0204"


@dataclass(frozen=True, slots=True)
class Party:
    """A party. `endpoint` is its electronic address in the scheme; "" where something is not there."""

    name: str
    id: str
    register: str
    vat_id: str
    tax_number: str
    line1: str
    line2: str
    postcode: str
    city: str
    country: str
    endpoint: str
    scheme: str
    phone: str = ""
    email: str = ""


def clean(text: str) -> str:
    """Text without the characters that XML cannot carry or nobody can see."""
    return _CONTROL.sub("", text)


def seller_of(found: Mapping[str, Any], *, outside: bool) -> Party:
    """The seller. A document outside the scope of tax must not name VAT ids: register or tax number stand for it."""
    facts = {key: clean(value) for key, value in found.items() if isinstance(value, str)}
    get = facts.get
    return Party(
        name=get("name", ""),
        id=get("tax_number", "") if outside and not get("register") else "",
        register=get("register", ""),
        vat_id="" if outside else get("vat_id", ""),
        tax_number=get("tax_number", ""),
        line1=get("line1", ""),
        line2=get("line2", ""),
        postcode=get("postcode", ""),
        city=get("city", ""),
        country=_country(get("country", "")),
        endpoint=get("email", ""),
        scheme=E_MAIL,
        phone=get("phone", ""),
        email=get("email", ""),
    )


def buyer_of(found: Mapping[str, Any], *, outside: bool) -> Party:
    """The buyer: reached by Leitweg-ID where that is one, else by e-mail."""
    facts = {key: clean(value) for key, value in found.items() if isinstance(value, str)}
    get = facts.get
    vat_id, leitweg = get("vat_id", ""), get("leitweg_id", "")
    public = bool(_LEITWEG.fullmatch(leitweg))
    return Party(
        name=get("name", ""),
        id=get("id", ""),
        register="",
        vat_id="" if outside or not _OF_A_COUNTRY.match(vat_id) else vat_id,
        tax_number="",
        line1=get("line1", ""),
        line2=get("line2", ""),
        postcode=get("postcode", ""),
        city=get("city", ""),
        country=_country(get("country", "")),
        endpoint=leitweg if public else get("email", ""),
        scheme=LEITWEG if public else E_MAIL,
    )


def _country(code: str) -> str:
    """Northern Ireland is a territory of VAT, not a country of the standard's list."""
    return "GB" if code == "XI" else code
