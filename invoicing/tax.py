"""Which tax an item carries (M-06): what the client was told explicitly, else what follows from seller and buyer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from config import BillingSettings
from contracts.models import Client
from contracts.vat_ids import fitting
from invoicing.tax_notes import note, small_business_note
from rating.numerals import Language
from rating.vat_territory import in_union, territory

STANDARD, ZERO = "S", "Z"
NEEDS_REASON = frozenset({"E", "AE", "G", "O", "K"})
NO_TAX = Decimal(0)


@dataclass(frozen=True, slots=True)
class Treatment:
    """Category of EN 16931 and rate in percent, with the reason that the document states.

    `rests_on_vat_id`: only because the buyer is registered for VAT in another country.
    """

    category: str
    rate: Decimal
    reason: str = ""
    rests_on_vat_id: bool = False

    def rate_of(self, item_rate: Decimal | None) -> Decimal:
        """The rate of an item: its own counts only under the standard treatment."""
        return item_rate if item_rate is not None and self.category == STANDARD else self.rate

    def category_of(self, item_rate: Decimal | None) -> str:
        """The category of an item: what would be taxed at 0 % is zero-rated, as the standard calls it."""
        return ZERO if self.category == STANDARD and self.rate_of(item_rate) == 0 else self.category


@dataclass(frozen=True, slots=True)
class Treatments:
    """How the services and the goods of one document are taxed."""

    services: Treatment
    goods: Treatment

    def of(self, goods: bool) -> Treatment:
        """The treatment of an item."""
        return self.goods if goods else self.services

    def reason_of(self, category: str) -> str:
        """What the document states about a category; "" where it is taxed as usual."""
        return next((one.reason for one in (self.services, self.goods) if one.category == category), "")


def treatments(client: Client, settings: BillingSettings) -> Treatments:
    """How a client's documents are taxed. Raises ValueError with what a person must decide first."""
    return Treatments(
        treatment(client, settings, goods=False),
        treatment(client, settings, goods=True),
    )


def treatment(client: Client, settings: BillingSettings, *, goods: bool) -> Treatment:
    """The treatment of services or goods. Raises ValueError with what a person must decide first."""
    if client.tax_category:
        return _told(client)
    seller, language = settings.seller, client.document_language
    if seller.small_business:
        return Treatment("E", NO_TAX, small_business_note(seller.country, language))
    home, buyer = territory(seller.country), territory(client.country, client.vat_id)
    if home == buyer:
        return Treatment(STANDARD, settings.standard_tax_rate)
    if not in_union(home, goods=goods) or not in_union(buyer, goods=goods):
        return _untaxed("G" if goods else "O", language)
    if not client.vat_id:
        return Treatment(STANDARD, settings.standard_tax_rate)
    _ensure_vat_ids(client, settings)
    return _untaxed("K" if goods else "AE", language, rests_on_vat_id=True)


def _told(client: Client) -> Treatment:
    if client.tax_category in NEEDS_REASON and not client.tax_reason:
        raise ValueError(f"tax category {client.tax_category} of client {client.external_id} needs its reason")
    return Treatment(client.tax_category, client.tax_rate or NO_TAX, client.tax_reason)


def _untaxed(category: str, language: Language, *, rests_on_vat_id: bool = False) -> Treatment:
    return Treatment(category, NO_TAX, note(category, language), rests_on_vat_id)


def _ensure_vat_ids(client: Client, settings: BillingSettings) -> None:
    """Without tax a document must carry the VAT ids of both sides."""
    try:
        fitting(client.vat_id, client.country)
    except ValueError as problem:
        raise ValueError(f"client {client.external_id}: VAT id {client.vat_id} {problem}") from problem
    if not settings.seller.vat_id:
        raise ValueError(
            f"client {client.external_id} is in {client.country}: a document without tax needs the seller's VAT id, "
            "SELLER_VAT_ID"
        )
