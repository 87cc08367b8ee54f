"""What messages say, in both languages; nothing that people typed is read as a template or breaks a line."""

from __future__ import annotations

import re
from datetime import date
from typing import get_args

import pytest

from contracts.models import Client
from invoicing.mail.addresses import addresses_of
from invoicing.mail.composing import TEMPLATES, Stage, document_text, reminder_text
from invoicing.models import Invoice

SELLER = {
    "name": "Müller & Söhne GmbH", "line1": "Hafenweg 3", "line2": "", "postcode": "20457", "city": "Hamburg",
    "phone": "", "email": "billing@seller.example", "vat_id": "DE123456788", "iban": "DE89370400440532013000",
}  # fmt: skip


def document(language="de", kind="invoice", **facts):
    first = Invoice(number="INV-2026-00007") if kind in ("credit_note", "cancellation") else None
    values = {
        "number": "INV-2026-00012", "currency": "EUR", "issue_on": date(2026, 3, 5), "due_on": date(2026, 4, 4),
        "total_cents": 123450, "seller": SELLER, "buyer": {"language": language}, "reason": "Falscher Preis",
    } | facts  # fmt: skip
    return Invoice(kind=kind, cancels=first, **values)


def every_text():
    for language in ("de", "en"):
        for kind in Invoice.Kind.values:
            facts = {"total_cents": -123450} if kind in ("credit_note", "cancellation") else {}
            yield language, kind, document_text(document(language, kind, **facts))
        for stage in get_args(Stage):
            yield language, stage, reminder_text(document(language), stage)


def test_every_message_has_number_and_sender_and_leaves_no_gap_in_either_language():
    found = {(language, what): text for language, what, text in every_text()}

    assert len(found) == 16
    for (language, _), text in found.items():
        footer = {
            "de": "E-Mail: billing@seller.example\nUSt-IdNr.: DE123456788\n",
            "en": "E-mail: billing@seller.example\nVAT ID: DE123456788\n",
        }[language]
        assert "INV-2026-00012" in text.subject
        assert "\n" not in text.subject
        assert not re.search(r"\$|\{|  |\n\n\n| \n", text.body)
        assert text.body.endswith(f"Müller & Söhne GmbH\n\nHafenweg 3\n20457 Hamburg\n{footer}")
    assert len({(text.subject, text.body) for text in found.values()}) == 14  # a partner reads what a client reads
    assert {path.name.split(".")[0] for path in TEMPLATES.glob("*.de.txt")} == {
        path.name.split(".")[0] for path in TEMPLATES.glob("*.en.txt")
    }


def test_amounts_and_days_are_written_as_the_recipient_writes_them():
    german, english = document_text(document("de")), document_text(document("en"))

    assert "vom 5. März 2026 über 1.234,50 EUR." in german.body
    assert "Bitte überweisen Sie 1.234,50 EUR bis zum 4. April 2026.\nEmpfänger: Müller & Söhne GmbH" in german.body
    assert "invoice INV-2026-00012 of 5 March 2026 for 1,234.50 EUR." in english.body
    assert "Please transfer 1,234.50 EUR by 4 April 2026.\n" in english.body
    assert "¥" not in document_text(document("en", currency="JPY", total_cents=5000)).body
    assert "5,000 JPY" in document_text(document("en", currency="JPY", total_cents=5000)).body


def test_a_reminder_asks_for_what_is_open_and_a_settled_document_for_nothing():
    partly = document(paid_cents=100000)
    free = document(total_cents=0)

    assert "offen sind 234,50 EUR" in reminder_text(partly, "after").body
    assert "Es ist nichts zu bezahlen." in document_text(free).body
    assert "IBAN" not in document_text(free).body
    assert "There is nothing to pay." in document_text(document("en", status="void")).body
    assert "IBAN" not in document_text(document(seller=SELLER | {"iban": ""})).body


def test_credit_notes_and_cancellations_name_the_first_document_and_the_reason():
    credit = document_text(document("en", "credit_note", total_cents=-5000))
    void = document_text(document("de", "cancellation", total_cents=-5000))

    assert "for 50.00 EUR, which concerns invoice INV-2026-00007" in credit.body
    assert "Die Rechnung INV-2026-00007 ist damit nicht mehr zu bezahlen." in void.body
    assert "Grund: Falscher Preis" in void.body


def test_what_people_typed_stays_text_on_its_line():
    hostile = "${iban} {{ 7*7 }}\r\nBcc: thief@evil.example\x00\u2028\u202egnp.exe"
    text = document_text(document("en", "cancellation", reason=hostile, seller=SELLER | {"name": hostile}))

    assert "Reason: ${iban} {{ 7*7 }} Bcc: thief@evil.example gnp.exe\n" in text.body
    assert "\n" not in text.subject
    assert "\u202e" not in text.subject + text.body
    long = document(seller=SELLER | {"name": "x" * 5000})
    assert len(document_text(long).subject) == 300


@pytest.mark.parametrize(("facts", "to", "cc", "problem"), [
    ({"email": "a@b.example"}, ("a@b.example",), (), ""),
    ({"email": "a@b.example", "invoice_email": "ap@b.example"}, ("ap@b.example",), (), ""),
    ({"email": "a@b.example", "invoice_cc": "c@b.example, ;d@b.example,c@b.example"}, ("a@b.example",),
     ("c@b.example", "d@b.example"), ""),
    ({"email": " "}, (), (), "client acme has no e-mail address"),
    ({"email": "a@b.example", "invoice_cc": "boss"}, (), (), "client acme: 'boss' is no e-mail address"),
    ({"email": "a@b.example\nBcc: x@y.example"}, (), (), "is no e-mail address"),
])  # fmt: skip
def test_documents_go_to_the_address_for_documents_with_its_copies(facts, to, cc, problem):
    found = addresses_of(Client(external_id="acme", **facts))

    assert (found.to, found.cc) == (to, cc)
    assert problem in found.problem
    assert bool(problem) == bool(found.problem)
