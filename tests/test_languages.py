"""The admin in German: nothing is left in English, and each person reads the language of their choice."""

from __future__ import annotations

import html
import inspect
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise

import config
from accounts.desk.hours import HoursField, hours_text
from accounts.desk.numbers import NumberField
from accounts.desk.refusals import CONTEXT, told
from billing_project import catalogue
from billing_project.guard_sentences import RAISED, sentences_in
from invoicing.admin import settings_in_words
from invoicing.admin.forms import CentsField
from invoicing.display import money
from invoicing.stripe import findings
from office.alerts.conditions import CONDITIONS, Alert
from office.alerts.mailing import plan_mails
from tests.everything import make_everything
from tests.factories import ContractFactory
from tests.routes import PAGES, TABLES, routes
from tests.signing_in import signed_in

GERMAN = {"accept-language": "de-DE,de;q=0.9"}
READ_OUT = ("title", "aria-label", "placeholder", "alt", "data-label")
# Shorter ones are the same in both languages too often, or part of what somebody typed.
LONG_ENOUGH = 12


@pytest.fixture(autouse=True)
def english_again():
    """A browser of a test leaves its language behind in the process."""
    yield
    translation.deactivate()


class Texts(HTMLParser):
    """What a page shows or reads out, piece by piece."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._in_code = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._in_code = tag in ("script", "style")
        self.found |= {" ".join(value.split()) for name, value in attrs if name in READ_OUT and value}

    def handle_endtag(self, tag):
        self._in_code = False

    def handle_data(self, data):
        if not self._in_code:
            self.found.add(" ".join(data.split()))


def test_every_text_of_the_product_is_translated_and_nothing_else_is_in_the_catalogue():
    assert catalogue.problems() == []


def test_every_name_and_button_of_the_pages_can_be_translated():
    plain = [
        f"{type(page).__name__}: {text!r}"
        for model, page in admin.site._registry.items()
        if model._meta.label_lower in TABLES
        for text in texts_of(page)
        if isinstance(text, str) and not isinstance(text, Promise)
    ]
    assert plain == []


def texts_of(page):
    """Titles of groups of fields, heads of columns and names of buttons."""
    for part in (page, *(inline(page.model, page.admin_site) for inline in page.inlines)):
        yield from (title for title, _options in part.fieldsets or () if title)
        for name in {**vars(type(part)), **dict.fromkeys((*page.list_display, *(page.actions or ())))}:
            shown = getattr(type(part), name, None)
            if getattr(shown, "__module__", "").split(".")[0] not in ("unfold", "django"):
                yield from filter(None, [getattr(shown, "short_description", None)])


@pytest.mark.django_db
def test_a_person_whose_browser_speaks_german_reads_no_english():
    make_everything()
    browser = signed_in("administrator")
    english = {text[0].upper() + text[1:] for text in of_the_catalogue()}
    left = {}
    for route in routes():
        if route.parts or not (route.name.endswith(("_changelist", "_add")) or route.name in (*PAGES, "admin:index")):
            continue
        page = browser.get(route.text, headers=GERMAN)
        if page.status_code == 200 and "html" in page["content-type"]:
            shown = {text[0].upper() + text[1:] for text in Texts(page.content.decode()).found if text}
            if found := shown & english:
                left[route.text] = found
    assert left == {}


def of_the_catalogue():
    """English texts that a German page must not show."""
    for message in catalogue.kept():
        for text in (message.id,) if isinstance(message.id, str) else message.id:
            if len(text) > LONG_ENOUGH and "%" not in text and text != message.string:
                yield text


@pytest.mark.django_db
def test_a_person_changes_the_language_and_keeps_it():
    browser = signed_in("clerk")
    invoices = reverse("admin:invoicing_invoice_changelist")
    assert "No document here yet." in browser.get(invoices).content.decode()
    answer = browser.post(reverse("set_language"), {"language": "de", "next": invoices})
    assert answer["location"] == invoices
    assert "Hier ist noch kein Beleg." in browser.get(invoices).content.decode()


def test_amounts_and_hours_are_written_as_the_language_of_the_page_writes_them():
    assert (money(123450, "EUR"), hours_text(5400)) == ("1,234.50 EUR", "1.50 h")
    with translation.override("de"):
        assert (money(123450, "EUR"), hours_text(5400)) == ("1.234,50 EUR", "1,50 h")
        assert HoursField().clean("1,50") == 5400


def test_a_refusal_is_told_in_the_language_of_the_page():
    said = "document INV-2 is draft and cannot be credited: discard the draft instead; the draft has no lines"
    assert told(said) == said
    with translation.override("de"):
        assert told(said) == (
            "Beleg INV-2 ist „Entwurf“ und kann nicht korrigiert werden: verwerfen Sie stattdessen den Entwurf; "
            "der Entwurf hat keine Positionen"
        )
        assert told("what nobody has translated") == "what nobody has translated"
        # Not divided in every way in which it could be.
        assert told(long := "a" + ' is ": ; allowed: ' * 5000) == long


@pytest.mark.django_db
def test_every_sentence_with_which_the_database_refuses_is_in_the_catalogue():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.proname, p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = 'public' AND p.prosrc LIKE '%RAISE EXCEPTION%'"
        )
        bodies = dict(cursor.fetchall())
        cursor.execute("SELECT encode(tgargs, 'escape') FROM pg_trigger WHERE tgnargs > 0 AND NOT tgisinternal")
        words = {word for (words,) in cursor.fetchall() for word in words.split(r"\000") if word}
    said = {text for body in bodies.values() for text in sentences_in(body)}
    # None is written in a way that is not understood.
    assert [name for name, body in bodies.items() if body.count("RAISE EXCEPTION") != len(RAISED.findall(body))] == []
    known = catalogue.kept()
    assert {text for text in said | words if not (found := known.get(text, CONTEXT)) or not found.string} == set()
    assert len(said) > 50


def test_what_stripe_and_the_database_say_is_told_with_its_figures_in_the_language_of_the_page():
    told_in_german = {
        "INV-1 comes to 1,234.50 EUR, at Stripe to 1.00 EUR.": "INV-1 ergibt 1.234,50 EUR, bei Stripe 1,00 EUR.",
        "INV-1 is open here and was given up at Stripe. It could not be repaired: nothing is left to pay": (
            "INV-1 ist hier „offen“ und wurde bei Stripe aufgegeben. "
            "Es ließ sich nicht beheben: es ist nichts mehr zu zahlen"
        ),
        "2 payments recorded": "2 Zahlungen erfasst",
        "time entry e-1 is billed on INV-1 and cannot be changed": (
            "Zeiteintrag e-1 ist abgerechnet auf INV-1 und kann nicht geändert werden"
        ),
        "the lines come to -12,50 EUR: take some off, or credit an issued document instead": (
            "die Summe der Positionen ist -12,50 EUR: nehmen Sie welche heraus, oder korrigieren Sie stattdessen einen "
            "ausgestellten Beleg"
        ),
        "tickets above 3 times the usual 12": "Tickets über dem 3-Fachen des Üblichen (12)",
        "draft i-7": "Entwurf i-7",
    }
    for english, german in told_in_german.items():
        assert told(english) == english
        with translation.override("de"):
            assert told(english) == german


def test_every_finding_about_stripe_has_its_german():
    document = SimpleNamespace(currency="EUR", status="open", total_cents=1, open_cents=1)
    at_stripe = SimpleNamespace(currency="EUR", total_cents=2, amount_cents=3, id="x")
    given = {"document": document, "told": at_stripe, "payment": at_stripe, "refusal": "y", "stripe_id": "in_1"}
    ours = [one for one in vars(findings).values() if getattr(one, "__module__", "") == findings.__name__]
    makers = [one for one in ours if inspect.isfunction(one) and one.__annotations__.get("return") == "Finding"]
    texts = [one(*(given.get(name, at_stripe) for name in inspect.signature(one).parameters)).text for one in makers]
    with translation.override("de"):
        assert [text for text in texts if told(text) == text] == []
    assert len(texts) > 8


def test_a_number_with_two_meanings_is_refused_on_the_page_that_asks_for_it():
    field, hours = NumberField(decimal_places=2), HoursField()
    assert (field.clean("1,234.50"), field.prepare_value(Decimal("1234.50"))) == (Decimal("1234.50"), "1234.5")
    with pytest.raises(ValidationError, match=r"“1,234” has two meanings: write 1234 or 1\.234\."):
        field.clean("1,234")
    with translation.override("de"):
        assert (field.clean("1.234,50"), field.clean("12.5")) == (Decimal("1234.50"), Decimal("12.5"))
        assert field.prepare_value(Decimal("1234.50")) == "1234,5"
        for asked in (field, hours, CentsField("EUR", "Betrag")):
            with pytest.raises(ValidationError, match=r"„1\.250“ ist mehrdeutig: Schreiben Sie 1250 oder 1,250\."):
                asked.clean("1.250")
        assert settings_in_words.typed("BILLING_MIN_HOURS", "0,25") == "0.25"


@pytest.mark.django_db
def test_prices_are_asked_for_and_refused_in_german_on_the_page_of_a_contract():
    contract = ContractFactory.create(hourly_rate=Decimal("89.50"))
    browser = signed_in("administrator")
    page = reverse("admin:contracts_contract_change", args=[contract.pk])
    shown = browser.get(page, headers=GERMAN).content.decode()
    assert 'value="89,5"' in shown
    answer = browser.post(page, {"hourly_rate": "1.234", "initial-hourly_rate": "89,5"}, headers=GERMAN)
    assert "„1.234“ ist mehrdeutig: Schreiben Sie 1234 oder 1,234." in html.unescape(answer.content.decode())
    contract.refresh_from_db()
    assert contract.hourly_rate == Decimal("89.50")


def test_settings_are_told_in_words():
    with translation.override("de"):
        told_as = [
            settings_in_words.in_words("BILLING_STRATEGY_DEFAULT", "time_based"),
            settings_in_words.in_words("AUTO_BILL_ON_CLOSE", "true"),
            settings_in_words.in_words("BILLING_MIN_HOURS", "0.25"),
            settings_in_words.allowed("BILLING_MIN_HOURS"),
        ]
    assert told_as[:3] == ["nach Zeit", "ja", "0,25"]
    assert told_as[3].startswith("Stunden von 0")
    assert settings_in_words.in_words("BILLING_STRATEGY_DEFAULT", "time_based") == "time based"


@pytest.mark.django_db
def test_an_alert_is_mailed_in_the_language_of_whoever_runs_the_installation(monkeypatch):
    mail = replace(config.billing().mail, alerts_to="ops@example.org", alerts_in="de")
    monkeypatch.setattr(config, "billing", lambda: SimpleNamespace(mail=mail))
    stopped = next(one for one in CONDITIONS if one.name == "automation_stopped")
    (message,) = plan_mails([Alert(stopped, {"": 1})], at=datetime(2026, 3, 1, 9, tzinfo=UTC))
    assert message.subject == "Abrechnung: Die Automatik ist angehalten."
    assert "Festgestellt am 2026-03-01 09:00 (UTC)." in message.body
