"""The admin in German: nothing is left in English, and each person reads the language of their choice."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise

from accounts.desk.hours import HoursField, hours_text
from accounts.desk.refusals import told
from billing_project import catalogue
from invoicing.display import money
from tests.everything import make_everything
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
