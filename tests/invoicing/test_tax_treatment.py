"""How an item is taxed follows from seller and buyer (M-06), and which VAT ids are valid."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from contracts.models import Client
from contracts.vat_ids import fitting
from invoicing.tax import treatment
from tests.factories import configure

VAT_IDS = {"AT": "ATU12345675", "GR": "EL094259216", "GB": "XI432525179", "FR": "FR40303265045", "MC": "FR40303265045"}
# Buyer, whether it gives a VAT id -> category and rate of services, and of goods.
DERIVED = [
    ("DE", False, "S 19", "S 19"),
    ("AT", True, "AE 0", "K 0"),
    ("AT", False, "S 19", "S 19"),
    ("GR", True, "AE 0", "K 0"),
    ("MC", True, "AE 0", "K 0"),  # is French territory for VAT
    ("GB", True, "O 0", "K 0"),  # Northern Ireland: goods alone are as in the EU
    ("GB", False, "O 0", "G 0"),
    ("CH", False, "O 0", "G 0"),
    ("US", False, "O 0", "G 0"),
]


def buyer(country: str = "DE", *, vat_id: str = "", **facts: str) -> Client:
    return Client(external_id="acme", name="Acme", country=country, vat_id=vat_id, currency="EUR", **facts)


def shown(client, settings, *, goods=False):
    found = treatment(client, settings.BILLING, goods=goods)
    return f"{found.category} {found.rate}", found.reason


@pytest.mark.parametrize(("country", "registered", "services", "goods"), DERIVED)
def test_M_06_the_treatment_follows_from_seller_and_buyer(settings, country, registered, services, goods):
    client = buyer(country, vat_id=VAT_IDS[country] if registered else "")

    assert shown(client, settings)[0] == services
    assert shown(client, settings, goods=True)[0] == goods


def test_M_06_each_untaxed_treatment_states_its_reason_in_the_language_of_the_document(settings):
    austrian, swiss = buyer("AT", vat_id=VAT_IDS["AT"]), buyer("CH", language="en")

    assert shown(austrian, settings)[1] == "Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge)"
    assert shown(austrian, settings, goods=True)[1] == "Steuerfreie innergemeinschaftliche Lieferung"
    assert shown(swiss, settings)[1] == "Not subject to VAT: place of supply outside the seller's country"
    assert shown(swiss, settings, goods=True)[1] == "VAT-exempt export of goods"
    assert shown(buyer("DE"), settings)[1] == ""


def test_M_06_what_the_client_was_told_wins_and_a_small_business_charges_no_tax(settings):
    told = buyer("AT", vat_id=VAT_IDS["AT"], tax_category="E", tax_reason="§ 4 Nr. 21 UStG")
    configure(settings, seller=replace(settings.BILLING.seller, small_business=True))

    assert shown(told, settings) == ("E 0", "§ 4 Nr. 21 UStG")
    assert shown(buyer("DE"), settings) == ("E 0", "Steuerfreier Umsatz eines Kleinunternehmers (§ 19 UStG)")
    assert shown(buyer("US", language="en"), settings)[1] == "Exempt supply of a small business (section 19 UStG)"
    configure(settings, seller=replace(settings.BILLING.seller, country="IE"))
    assert shown(buyer("DE"), settings)[1] == "Steuerfreier Umsatz eines Kleinunternehmers"


def test_M_06_a_seller_outside_the_EU_charges_its_own_rate_at_home_and_none_abroad(settings):
    configure(settings, seller=replace(settings.BILLING.seller, country="CH", vat_id=""))

    assert shown(buyer("CH"), settings)[0] == "S 19"
    assert shown(buyer("DE", vat_id="DE136695976"), settings)[0] == "O 0"


def test_M_06_an_item_s_own_rate_counts_under_the_standard_treatment_alone(settings):
    home, abroad = (
        treatment(buyer(country, vat_id=vat_id), settings.BILLING, goods=False)
        for country, vat_id in (("DE", ""), ("AT", VAT_IDS["AT"]))
    )

    assert [(home.category_of(rate), home.rate_of(rate)) for rate in (None, Decimal(7), Decimal(0))] == [
        ("S", 19), ("S", 7), ("Z", 0),
    ]  # fmt: skip
    assert (abroad.category_of(Decimal(7)), abroad.rate_of(Decimal(7))) == ("AE", 0)


@pytest.mark.parametrize(
    ("vat_id", "seller_id", "problem"),
    [
        ("ATU12345678", "DE123456788", "VAT id ATU12345678 is no valid VAT id of AT"),
        ("DE136695976", "DE123456788", "does not fit the country AT: it must begin with AT"),
        ("ATU12345675", "", "needs the seller's VAT id, SELLER_VAT_ID"),
    ],
)
def test_M_06_without_two_good_VAT_ids_a_person_must_decide(settings, vat_id, seller_id, problem):
    configure(settings, seller=replace(settings.BILLING.seller, vat_id=seller_id))

    with pytest.raises(ValueError, match=problem):
        treatment(buyer("AT", vat_id=vat_id), settings.BILLING, goods=False)


GOOD = [
    ("DE 136.695 976", "DE", "DE136695976"),
    ("GR094259216", "GR", "EL094259216"),
    ("xi432525179", "GB", "XI432525179"),
    ("GB980780684", "GB", "GB980780684"),
    (" CHE-123.456.788 MWST ", "CH", "CHE-123.456.788 MWST"),
    ("", "AT", ""),
]
BAD = [
    ("DE123456789", "DE", "form or check digit"),
    ("ATU12345675", "DE", "must begin with DE"),
    ("U12345675", "AT", "must begin with AT"),
    ("DE136695976", "CH", "an id of the EU"),
    ("XI432525179", "IE", "must begin with IE"),
]


@pytest.mark.parametrize(("given", "country", "stored"), GOOD)
def test_a_VAT_id_is_stored_without_blanks(given, country, stored):
    assert fitting(given, country) == stored


@pytest.mark.parametrize(("given", "country", "problem"), BAD)
def test_a_wrong_VAT_id_is_refused_with_its_field(given, country, problem):
    with pytest.raises(ValidationError) as refused:
        buyer(country, vat_id=given).clean()

    assert problem in refused.value.message_dict["vat_id"][0]
