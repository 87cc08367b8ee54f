"""What PDF documents say, in both languages."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from invoicing.documents.content import ContentDiscount
from invoicing.documents.pdf import pdf_of
from invoicing.documents.pdf.speech import Speech
from invoicing.documents.pdf.view import view_of
from invoicing.documents.pdf.words import ENGLISH, GERMAN
from rating import numerals
from rating.wording import sentences
from tests.invoicing.paper import BUYER, Row, paper
from tests.invoicing.pdf_examples import IRISH, examples
from tests.invoicing.pdf_reading import read, squeezed, text_of

if TYPE_CHECKING:
    from invoicing.documents.content import DocumentContent

EXAMPLES = examples()


def view(content: DocumentContent) -> dict[str, Any]:
    return view_of(content, colour="#1f4e79", logo="")


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_document_says_all_that_it_contains(name: str) -> None:
    content = EXAMPLES[name]
    language, currency = content.language, content.currency

    pdf = pdf_of(content)

    text = text_of(pdf)
    wanted = [
        content.number, *(numerals.day(day.isoformat(), language) for day in (content.issue_on,)),
        numerals.month("2026-01", language), content.buyer["name"], content.buyer["line1"], content.buyer["vat_id"],
        content.seller["vat_id"], content.seller["register"], content.seller["tax_number"],
        content.seller["managing_director"], content.cancels_number, content.reason,
        numerals.money(content.total_cents, currency, language),
    ]  # fmt: skip
    for line in content.lines:
        wanted += [
            line.company,
            line.description,
            numerals.number(Decimal(line.amount_cents) / 100, language, places=2),
        ]
        wanted += sentences(line.explanation, language=language, currency=currency, amount_cents=line.amount_cents)
    wanted += [tax.reason for tax in content.taxes] + [one.reason for one in content.discounts]
    wanted += [numerals.number(Decimal(tax.tax_cents) / 100, language, places=2) for tax in content.taxes]
    assert [one for one in wanted if squeezed(one) not in text] == []
    assert squeezed((GERMAN if language == "de" else ENGLISH)[content.kind] + content.number) in text


def test_invoices_say_when_and_where_to_pay_and_corrections_that_nothing_is_due() -> None:
    texts = {name: text_of(pdf_of(content)) for name, content in EXAMPLES.items()}

    for name in ("invoice-de", "aggregate"):
        assert "biszum02.03.2026" in texts[name]
        assert "DE89370400440532013000" in texts[name]
    assert "by2March2026" in texts["invoice-en"]
    assert "Rabatt:TreuerabattfürdaszehnteJahr-50,00" in texts["invoice-de"]
    assert "Umsatzsteuer19%auf857,09" in texts["invoice-de"]
    assert "IRELAND" in texts["reverse-charge"]
    assert "VAT0%on1,340.300.00" in texts["reverse-charge"]
    assert "hebtdieRechnungINV-2026-00042vom31.01.2026vollständigauf" in texts["cancellation"]
    assert "Esistnichtszuzahlen." in texts["cancellation"]
    assert "mindertdieRechnungINV-2026-00042" in texts["credit-note"]
    for name in ("credit-note", "cancellation"):
        assert "Fälligam" not in texts[name]


def test_lines_stand_under_their_company_or_their_section_with_sums_of_their_own() -> None:
    client, partner = view(EXAMPLES["invoice-de"]), view(EXAMPLES["aggregate"])

    assert [(one["title"], len(one["rows"]), one["subtotal"]) for one in client["groups"]] == [
        ("Tickets", 4, "422,30"), ("Wiederkehrende Leistungen", 1, ""), ("Weitere Leistungen", 1, ""),
    ]  # fmt: skip
    assert [(one["title"], one["subtotal"]) for one in partner["groups"]] == [
        ("Bäckerei Lorenz", "44,80"), ("Kanzlei Dr. Petersen", "78,68"), ("Zahnarztpraxis am Markt", "112,56"),
    ]  # fmt: skip
    assert [column["label"] for column in client["columns"]][-2:] == ["USt.", "Betrag EUR"]
    assert [column["label"] for column in partner["columns"]][-2:] == ["Einzelpreis", "Betrag EUR"]
    assert view(EXAMPLES["credit-note"])["groups"][0]["title"] == ""


def test_a_discount_without_a_name_of_its_own_is_a_share_and_what_is_free_is_not_to_be_paid() -> None:
    share = replace(EXAMPLES["credit-note"], discount_cents=-500)
    free = replace(paper(Row(price="0")), discounts=[ContentDiscount("x", 0)])

    assert {"label": "Anteiliger Rabatt", "amount": "5,00", "strong": False} in view(share)["sums"]
    assert (view(free)["payment"], view(free)["account"]) == (["Es ist nichts zu zahlen."], [])
    assert "Fällig am" not in dict(view(free)["facts"])


def test_an_address_abroad_ends_with_the_country() -> None:
    here, there = view(paper()), view(paper(buyer=IRISH, language="en"))

    assert here["recipient"] == ["Acme GmbH", "Hauptstraße 1", "10115 Berlin"]
    assert there["recipient"][-1] == "IRELAND"
    assert view(paper(buyer={**BUYER, "country": "QQ"}))["recipient"][-1] == "QQ"


def test_quantities_and_prices_are_written_as_people_read_them() -> None:
    german, english = Speech("de", "EUR"), Speech("en", "JPY")

    assert [
        german.quantity(Decimal("1.5"), "h", 1), german.quantity(Decimal(1200), "s", 3600),
        german.quantity(Decimal(-6720), "s", 60), german.quantity(Decimal("0.5"), "s", 60),
        german.quantity(Decimal(12), "", 1), english.quantity(Decimal(1234), "km", 1),
    ] == ["1,5 h", "0:20 h", "-112:00 min", "0,5 s", "12", "1,234 km"]  # fmt: skip
    assert [
        german.price(Decimal(80), "h", 1), german.price(Decimal("80.125"), "s", 3600),
        german.price(Decimal("0.12"), "s", 60), german.price(Decimal(5), "km", 100), english.price(Decimal(5), "", 1),
    ] == ["80,00", "80,125/h", "0,12/min", "5,00 je 100 km", "5"]  # fmt: skip
    assert german.period(date(2026, 2, 1), date(2026, 3, 1)) == "Februar 2026"
    assert english.period(date(2026, 1, 1), date(2026, 4, 1)) == "1 January 2026 –\n31 March 2026"
    assert (german.amount(-5), english.amount(1500), german.country("IE")) == ("-0,05", "1,500", "IRLAND")


def test_both_languages_have_the_same_words_with_the_same_places() -> None:
    def places(words: Any) -> dict[str, list[str]]:
        return {key: sorted(str(part[1]) for part in string.Formatter().parse(text)) for key, text in words.items()}

    assert places(GERMAN) == places(ENGLISH)


@pytest.mark.parametrize("count", [1_500, pytest.param(10_000, marks=pytest.mark.full)])
def test_thousands_of_lines_have_their_head_on_every_page_and_explain_the_first(count: int) -> None:
    line = EXAMPLES["invoice-en"].lines[0]
    lines = [replace(line, position=place, description=f"Ticket {place}: Mail down") for place in range(1, count + 1)]

    pages = read(pdf_of(replace(EXAMPLES["invoice-en"], lines=lines))).pages

    assert len(pages) > count / 60
    assert all("Unit price" in pages[place].extract_text() for place in range(0, count // 50, 10))
    assert any(f"Ticket {count}: Mail down" in page.extract_text() for page in reversed(pages))
    annex = view(replace(EXAMPLES["invoice-en"], lines=lines))
    assert len(annex["annex"]) == 200
    assert annex["annex-opening"] == [
        f"Explained are 200 of {count} lines. On request we send you all explanations: billing@seller.example."
    ]


def test_an_explanation_that_cannot_be_told_is_left_out() -> None:
    line = replace(EXAMPLES["invoice-de"].lines[0], explanation={"rule": "of another time"})

    assert view(replace(EXAMPLES["invoice-de"], lines=[line]))["annex"] == []
