"""Seller and recipient as a document names them, for ever."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import config
from contracts.models import Client
from invoicing.models import VatCheck


def seller_snapshot() -> dict[str, Any]:
    """Who issues documents, as the settings have it now."""
    return asdict(config.billing().seller)


def buyer_snapshot(client: Client, check: VatCheck | None = None) -> dict[str, Any]:
    """The recipient; `check` is what the EU's register said of the VAT id on which an untaxed document rests."""
    found = {
        "id": client.external_id,
        "name": client.name,
        "line1": client.address_line1,
        "line2": client.address_line2,
        "postcode": client.postcode,
        "city": client.city,
        "country": client.country,
        "vat_id": client.vat_id,
        "email": client.email,
        "language": client.language,
        "e_invoice": client.e_invoice or config.billing().e_invoice,
        "leitweg_id": client.leitweg_id,
    }
    if check is not None:
        found |= {"vat_id_valid_at": check.asked_at.isoformat(), "vat_id_consultation": check.consultation_number}
    return found
