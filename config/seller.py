"""Who issues the documents: the legal data that an invoice must carry."""

from __future__ import annotations

from dataclasses import dataclass

from config.declaration import setting
from config.kinds import flag, shaped, text
from config.kinds_of_business import BIC, COUNTRY, EMAIL, IBAN, VAT_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """The one seller of an installation. Outside production a made-up seller stands in for what is not set."""

    name: str = setting("SELLER_NAME", text(), "", "Legal name.", local="Example Systems GmbH")
    line1: str = setting("SELLER_LINE1", text(), "", "Street and number.", local="Musterstraße 1")
    line2: str = setting("SELLER_LINE2", text(), "", "Second line of the address.")
    postcode: str = setting("SELLER_POSTCODE", text(20), "", "Postcode.", local="10115")
    city: str = setting("SELLER_CITY", text(100), "", "City.", local="Berlin")
    country: str = setting("SELLER_COUNTRY", COUNTRY, "DE", "Country; decides the tax treatment with the buyer's.")
    vat_id: str = setting("SELLER_VAT_ID", VAT_ID, "", "VAT id; this or the tax number.", local="DE123456788")
    tax_number: str = setting(
        "SELLER_TAX_NUMBER",
        shaped("[0-9A-Za-z/ .-]{4,30}", "4 to 30 digits, letters and / . -"),
        "",
        "Tax number of the tax office.",
        local="30/123/45678",
    )
    email: str = setting("SELLER_EMAIL", EMAIL, "", "Address for questions.", local="billing@seller.example")
    phone: str = setting(
        "SELLER_PHONE", shaped(r"\+?[0-9 ()/-]{4,30}", "digits, spaces and + ( ) / -"), "", "Telephone.",
        local="+49 30 1234567",
    )  # fmt: skip
    iban: str = setting("SELLER_IBAN", IBAN, "", "Bank account.", local="DE89370400440532013000")
    bic: str = setting("SELLER_BIC", BIC, "", "Bank's BIC.", local="COBADEFFXXX")
    bank: str = setting("SELLER_BANK", text(100), "", "Bank's name.", local="Musterbank")
    register: str = setting(
        "SELLER_REGISTER", text(), "", "Commercial register and number.", local="Amtsgericht Berlin HRB 00000"
    )
    managing_director: str = setting(
        "SELLER_MANAGING_DIRECTOR", text(), "", "Who manages the company.", local="Erika Mustermann"
    )
    small_business: bool = setting(
        "SELLER_SMALL_BUSINESS", flag(), "false", "A small-business seller charges no VAT, with its legal note."
    )

    def missing(self) -> list[str]:
        """Name what a legal invoice needs and nobody has set."""
        needed = {
            "SELLER_NAME": self.name,
            "SELLER_LINE1": self.line1,
            "SELLER_POSTCODE": self.postcode,
            "SELLER_CITY": self.city,
            "SELLER_VAT_ID or SELLER_TAX_NUMBER": self.vat_id or self.tax_number,
        }
        return [
            f"{name} is not set: production needs it, because every invoice must carry it; allowed: the seller's own."
            for name, value in needed.items()
            if not value
        ]
