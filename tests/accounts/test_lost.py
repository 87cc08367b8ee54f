"""Whoever loses their way reads, in their language, what to do."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from tests.factories import ClientFactory
from tests.signing_in import signed_in

pytestmark = pytest.mark.django_db
GERMAN = {"accept-language": "de"}


def test_an_address_without_a_page_and_one_for_others_say_so_in_the_language_of_the_person():
    browser = signed_in("viewer")

    gone = browser.get("/admin/gateway/months/2026-99/", headers=GERMAN)
    kept = browser.get("/admin/contracts/client/add/", headers=GERMAN)
    strict = Browser(enforce_csrf_checks=True)
    old = strict.post("/admin/login/", {"username": "clerk"}, headers=GERMAN)

    assert (gone.status_code, kept.status_code, old.status_code) == (404, 403, 403)
    assert "Seite nicht gefunden" in gone.content.decode()
    assert "Ihre Rolle umfasst das nicht" in kept.content.decode()
    assert "Diese Seite ist veraltet" in old.content.decode()
    assert all('href="/admin/"' in answer.content.decode() for answer in (gone, kept, old))
    assert b"desk" not in browser.get("/nowhere/", headers=GERMAN).content


def test_the_form_of_a_client_says_in_german_what_is_wrong_and_asks_nothing_that_cannot_be_said_yet():
    browser = signed_in("clerk")

    empty = browser.get("/admin/contracts/client/add/", headers=GERMAN).content.decode()
    typed = {"name": "Käserei", "currency": "eur", "country": "DE", "vat_id": "DE12"}
    answer = browser.post("/admin/contracts/client/add/", typed, headers=GERMAN).content.decode()
    known = browser.get(f"/admin/contracts/client/{ClientFactory.create().pk}/change/", headers=GERMAN).content.decode()

    assert ("Wie in den Einstellungen" in empty, "Unbekannt" in empty) == (True, False)
    assert ("Außerdem" in empty, "Außerdem" in known) == (False, True)
    assert "drei Großbuchstaben, etwa EUR" in answer
    assert "DE12 ist keine gültige USt-IdNr. von DE" in answer
