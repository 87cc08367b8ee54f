"""Which tax a document carries (M-06): what the client was told explicitly, or the seller's standard rate at home."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from config import BillingSettings
from contracts.models import Client

STANDARD = "S"
NEEDS_REASON = frozenset({"E", "AE", "G", "O", "K"})


@dataclass(frozen=True, slots=True)
class Treatment:
    """Category of EN 16931 and rate in percent, with the reason that the document states."""

    category: str
    rate: Decimal
    reason: str = ""

    def rate_of(self, item_rate: Decimal | None) -> Decimal:
        """The rate of an item: its own counts only under the standard treatment."""
        return item_rate if item_rate is not None and self.category == STANDARD else self.rate


def treatment(client: Client, settings: BillingSettings) -> Treatment:
    """The treatment of a client's documents. Raises ValueError with what a person must decide first."""
    if client.tax_category:
        if client.tax_category in NEEDS_REASON and not client.tax_reason:
            raise ValueError(f"tax category {client.tax_category} of client {client.external_id} needs its reason")
        return Treatment(client.tax_category, client.tax_rate or Decimal(0), client.tax_reason)
    if settings.seller.small_business:
        raise ValueError("the seller is a small business: give the client a tax category with its reason")
    if client.country != settings.seller.country:
        raise ValueError(
            f"client {client.external_id} is in {client.country}, the seller in {settings.seller.country}: "
            "give the client a tax category"
        )
    return Treatment(STANDARD, settings.standard_tax_rate)
