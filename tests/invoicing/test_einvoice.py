"""Electronic invoices: every kind of document is valid, says our sums, and says what is missing where it is not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest
from lxml import etree

from invoicing.documents.einvoice import problems_of, xml_of
from invoicing.documents.einvoice.facts import facts_of
from invoicing.documents.einvoice.house_rules import findings
from invoicing.documents.einvoice.writing import FORMATS
from rating.discount import Offer
from tests.factories import configure
from tests.invoicing.paper import AUSTRIAN, BUYER, SELLER, SWISS, Row, paper

TREUE = Offer(1, amount_cents=1000, reason="Treuerabatt")
FIVE_PERCENT = Offer(2, percent=Decimal(5), reason="Goodwill")
TWO_RATES = (Row(), Row("3", "19.99", rate="7", unit=""))
HOSTILE = "Zeile 1 <b>&amp;]]>\x00\x0b\x1b\u202e\ud800\n" + "ü" * 10_000

KINDS = {
    "standard rate": paper(),
    "two rates": paper(*TWO_RATES),
    "two rates and discounts": paper(*TWO_RATES, offers=(TREUE, FIVE_PERCENT)),
    "a discount that takes all": paper(*TWO_RATES, offers=(Offer(1, amount_cents=10**6, reason="Kulanz"),)),
    "zero rate": paper(Row(category="Z", rate="0")),
    "zero rate beside standard": paper(Row(), Row(category="Z", rate="0"), offers=(TREUE,)),
    "small business": paper(Row(category="E", rate="0"), seller={**SELLER, "vat_id": ""}),
    "reverse charge": paper(Row(category="AE", rate="0"), buyer=AUSTRIAN),
    "reverse charge with discount": paper(Row(category="AE", rate="0"), offers=(TREUE,), buyer=AUSTRIAN),
    "goods to another EU country": paper(Row("2", "79.90", "K", "0", "pc"), buyer=AUSTRIAN),
    "services and goods to another EU country": paper(
        Row(category="AE", rate="0"), Row("2", "79.90", "K", "0", "pc"),
        buyer=AUSTRIAN, period_start=None, period_end=None,
    ),
    "export of goods": paper(Row("2", "79.90", "G", "0", "pc"), buyer=SWISS, language="en"),
    "services outside the EU": paper(Row(category="O", rate="0"), buyer=SWISS, language="en"),
    "services outside the EU, no register": paper(
        Row(category="O", rate="0"), offers=(TREUE,), buyer=SWISS, seller={**SELLER, "register": ""}
    ),
    "credit note": paper(*TWO_RATES, kind="credit_note", number="CN-2026-00001"),
    "cancellation with discount": paper(*TWO_RATES, offers=(TREUE,), kind="cancellation", number="CAN-2026-00001"),
    "credit note for goods": paper(Row("1", "5", "K", "0", "pc"), kind="credit_note", buyer=AUSTRIAN),
    "aggregate with companies": paper(
        *(Row("601", "0.12", unit="s", per=60, company=name, text="Gespräche") for name in ("Sub & Söhne", "Sub 2")),
        kind="aggregate", number="AGG-2026-01-001",
    ),
    "seconds at an hourly price": paper(Row("5401", "89.1234", unit="s", per=3600)),
    "yen": paper(Row("3", "1500"), currency="JPY"),
    "dinars in whole tens": paper(Row("2", "12.500"), currency="KWD"),
    "no period, no e-mail": paper(period_start=None, period_end=None, buyer={**BUYER, "email": ""}),
    "a line of zero and a negative price": paper(Row(), Row("0", "80"), Row("1", "-5.00", unit="")),
    "hostile and long text": paper(Row(text=HOSTILE), Row(text=" \n"), offers=(replace(TREUE, reason="</x>&\x07"),)),
}  # fmt: skip


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_kind_of_document_is_valid_by_schema_and_schematron(format_name):
    found = {kind: problems_of(content, format_name) for kind, content in KINDS.items()}

    assert {kind: problems for kind, problems in found.items() if problems} == {}
    assert len(found) >= 20


def texts(xml, name):
    """The texts of all elements with this local name."""
    return [element.text for element in etree.fromstring(xml).iter(f"{{*}}{name}")]


def test_the_sums_in_the_xml_are_the_document_s_own_integers():
    content = KINDS["two rates and discounts"]
    cii, ubl = xml_of(content, "zugferd"), xml_of(content, "xrechnung_ubl")

    # 12000 at 19 % and 5997 at 7 %; 5 % of 17997 is 900, and 1000: shared 1267 to 633 over the rates.
    assert texts(cii, "LineTotalAmount") == ["120.00", "59.97", "179.97"]
    assert texts(cii, "ActualAmount") == texts(ubl, "Amount") == ["6.33", "12.67"]
    assert texts(cii, "BasisAmount") == texts(ubl, "TaxableAmount") == ["53.64", "107.33"]
    assert texts(cii, "CalculatedAmount") == ["3.75", "20.39"]
    assert texts(ubl, "TaxAmount") == ["24.14", "3.75", "20.39"]
    assert texts(cii, "DuePayableAmount") == texts(ubl, "PayableAmount") == ["185.11"]
    assert content.total_cents == 18511
    assert texts(cii, "Reason") == ["Goodwill; Treuerabatt"] * 2


def test_a_cancellation_is_a_document_of_its_own_type_with_positive_amounts():
    content = KINDS["cancellation with discount"]
    cii, ubl = xml_of(content, "xrechnung_cii"), xml_of(content, "xrechnung_ubl")

    assert content.total_cents < 0
    assert texts(cii, "TypeCode")[0] == texts(ubl, "CreditNoteTypeCode")[0] == "381"
    assert texts(cii, "GrandTotalAmount") == texts(ubl, "TaxInclusiveAmount") == ["195.46"]
    assert texts(cii, "BilledQuantity") == texts(ubl, "CreditedQuantity") == ["1.5", "3"]
    assert (texts(cii, "IssuerAssignedID"), texts(cii, "Content")) == (["INV-2026-00000"], ["Doppelt"])
    assert etree.QName(etree.fromstring(ubl)).localname == "CreditNote"


def test_quantities_prices_and_units_are_written_exactly():
    cii = xml_of(KINDS["seconds at an hourly price"], "zugferd")
    price = etree.fromstring(cii).find(".//{*}NetPriceProductTradePrice")

    assert price is not None
    assert [(child.text, dict(child.attrib)) for child in price] == [
        ("89.1234", {}), ("3600", {"unitCode": "SEC"}),
    ]  # fmt: skip
    assert texts(cii, "BilledQuantity") == ["5401"]
    assert texts(xml_of(KINDS["yen"], "zugferd"), "GrandTotalAmount") == ["5355"]
    assert texts(xml_of(KINDS["dinars in whole tens"], "zugferd"), "LineTotalAmount") == ["25.00", "25.00"]
    negative = xml_of(KINDS["a line of zero and a negative price"], "zugferd")
    assert texts(negative, "BilledQuantity") == ["1.5", "0", "-1"]
    assert texts(negative, "ChargeAmount") == ["80", "80", "5"]


def test_reasons_parties_and_references_stand_where_the_standard_wants_them():
    abroad = xml_of(KINDS["services and goods to another EU country"], "xrechnung_ubl")
    assert texts(abroad, "TaxExemptionReasonCode") == ["VATEX-EU-AE", "VATEX-EU-IC"]
    assert texts(abroad, "BuyerReference") == ["04011000-12345-03"]
    assert ("0204", "04011000-12345-03") in [
        (element.get("schemeID"), element.text) for element in etree.fromstring(abroad).iter("{*}EndpointID")
    ]
    assert texts(abroad, "PostalZone")[-1] == texts(xml_of(KINDS["reverse charge"], "xrechnung_ubl"), "PostalZone")[-1]
    assert len(texts(abroad, "PostalZone")) == 3  # goods go to an address that is complete
    outside = xml_of(KINDS["services outside the EU"], "xrechnung_cii")
    assert texts(outside, "RateApplicablePercent") == ["0"]  # in the breakdown alone
    assert "DE123456788" not in outside.decode()
    assert texts(outside, "ExemptionReasonCode") == ["VATEX-EU-O"]
    companies = xml_of(KINDS["aggregate with companies"], "zugferd")
    assert texts(companies, "Value") == ["Sub & Söhne", "Sub 2"]


def test_hostile_text_is_text_without_what_xml_cannot_carry():
    for name in FORMATS:
        xml = xml_of(KINDS["hostile and long text"], name)
        described = texts(xml, "Description")
        assert described[0].startswith("Zeile 1 <b>&amp;]]>\u202e\n")
        assert described[0].endswith("ü" * 100)
        assert "time" in texts(xml, "Name")  # a position without a word is named by its kind
        assert "\x00" not in xml.decode()


MISSING = {
    "BR-DE-15": (paper(buyer={**BUYER, "leitweg_id": ""}), "client acme has no Leitweg-ID"),
    "BR-DE-1": (paper(seller={**SELLER, "iban": ""}), "set SELLER_IBAN"),
    "BR-DE-6": (paper(seller={**SELLER, "phone": ""}), "set SELLER_PHONE"),
    "BR-DE-27": (paper(seller={**SELLER, "phone": "+1 2"}), "SELLER_PHONE must have"),
    "BR-DE-7": (paper(seller={**SELLER, "email": ""}), "set SELLER_EMAIL"),
    "PEPPOL-EN16931-R010": (paper(buyer={**BUYER, "leitweg_id": "x", "email": ""}), "nor an e-mail address"),
    "BR-S-02": (paper(seller={**SELLER, "vat_id": "", "tax_number": ""}), "SELLER_VAT_ID or SELLER_TAX_NUMBER"),
    "BR-AE-02": (paper(Row(category="AE", rate="0"), buyer={**AUSTRIAN, "vat_id": ""}), "which reverse charge needs"),
    "BR-IC-02": (paper(Row(category="K", rate="0"), buyer={**AUSTRIAN, "vat_id": ""}), "an intra-community supply"),
    "BR-O-11": (
        paper(Row(category="O", rate="0"), Row(category="G", rate="0"), buyer=SWISS), "bill the goods separately",
    ),
    "BR-DEC-23": (paper(Row("1", "1.255"), currency="KWD"), "counts KWD in two decimal places"),
}  # fmt: skip


@pytest.mark.parametrize("rule", MISSING)
def test_what_is_missing_is_said_with_its_rule_and_what_to_do(rule):
    content, sentence = MISSING[rule]

    problems = problems_of(content, "xrechnung_cii")

    assert any(problem.startswith(f"{rule}: ") and sentence in problem for problem in problems), problems


def test_a_rule_that_nobody_put_in_words_is_told_in_those_of_the_standard():
    wrong = replace(paper(), total_cents=1)

    for name in FORMATS:
        assert any(problem.startswith("BR-CO-15: ") for problem in problems_of(wrong, name))


def test_the_rules_can_be_run_by_many_threads_at_once():
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(partial(problems_of, replace(paper(), total_cents=1)), ["zugferd", "xrechnung_ubl"] * 4))

    assert all("BR-CO-15: " in " ".join(problems) for problems in found)


def test_without_schematron_schema_and_house_rules_still_hold(settings):
    configure(settings, schematron="off")

    assert problems_of(replace(paper(), total_cents=1), "zugferd") == []
    assert problems_of(MISSING["BR-DE-15"][0], "xrechnung_ubl")[0].startswith("BR-DE-15")
    for name in FORMATS:
        assert problems_of(paper(number="\x00"), name)[0].startswith("XML schema: ")


def test_zugferd_asks_for_nothing_that_only_xrechnung_wants():
    content = MISSING["BR-DE-15"][0]

    assert findings(facts_of(content), content, FORMATS["zugferd"]) == []
    assert "xrechnung" not in xml_of(content, "zugferd").decode()
