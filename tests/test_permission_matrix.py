"""Every address x role x {a row that is there, one that is not, nonsense}: who gets in, and that nothing is written.

The addresses are read from the resolver. Pages are answered here and not drawn.
"""

from __future__ import annotations

import pytest
from django.contrib.messages.storage.base import BaseStorage
from django.db import connection
from django.template.response import SimpleTemplateResponse
from django.test import Client as Browser
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_factor
from accounts.roles import Role
from tests.everything import make_everything
from tests.factories import UserFactory
from tests.routes import APART, NOBODY, OPEN, PAGES, TABLES, routes, table_of
from tests.signing_in import signed_in

ROUTES = routes()
LISTED = [route for route in ROUTES if route.name not in {*OPEN, *APART}]
TRIED = [(route, route.needs) for route in LISTED if route.needs is not None]
# Whoever may look at all: what the others may look at is at least that (see test_roles).
WHO_LOOKS = ("viewer", "administrator")
OTHERS = ("put", "patch", "delete")
MISSING, NONSENSE = "999999999", "no'such\u202erow"
# Written by looking (files are drawn on demand), or by signing in.
APART_FROM_BILLING = ("django_session", "axes_", "invoicing_storedfile", "accounts_user", "otp_")


class Unsaid(BaseStorage):
    """Messages that no page shows would pile up in the session."""

    def _get(self, *args, **kwargs):
        return [], True

    def _store(self, messages, response, *args, **kwargs):
        return []


@pytest.fixture
def undrawn(monkeypatch, settings):
    """Whether a page is answered is known before it is drawn; drawing takes nearly all of the time."""
    settings.MESSAGE_STORAGE = f"{__name__}.Unsaid"

    def drawn(self):
        self.content = b""
        return self

    monkeypatch.setattr(SimpleTemplateResponse, "render", drawn)


def written() -> dict[str, tuple[int, int]]:
    """Number and digest of the rows of every table of billing."""
    with connection.cursor() as cursor:
        tables = [
            name for name in connection.introspection.table_names(cursor) if not name.startswith(APART_FROM_BILLING)
        ]
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{name}', count(*), coalesce(sum(hashtext(t::text)), 0)::bigint FROM {name} t"
                for name in tables
            )
        )
        return {name: (number, digest) for name, number, digest in cursor.fetchall()}


def as_promised(found: list[int], *, is_open: bool) -> bool:
    """Whether a row that is there opens, or answers like one that is missing."""
    own, others = found[0], set(found[1:])
    if is_open:
        return own in (200, 302) and others <= {302, 403, 404}
    return own in (403, 404) and found[1:2] in ([], [own]) and others <= {403, 404}


def test_every_address_has_a_line_that_says_who_gets_in():
    without = [
        f'add `"{route.name}": Needs("app.permission"),` to PAGES in tests/routes.py, or its table to TABLES'
        for route in LISTED
        if route.needs is None
    ]

    assert without == []


def test_no_line_speaks_of_an_address_that_is_gone():
    names = {route.name for route in ROUTES}

    assert {*PAGES, *APART, *OPEN} - names - {"stripe-webhook"} == set()
    assert set(TABLES) - {table_of(name) for name in names} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
def test_I_14_people_reach_what_their_role_lets_them_and_looking_writes_nothing(undrawn, role):
    make_everything()
    second_factor_of_somebody()
    browser = signed_in(role)
    before, wrong = written(), []

    for route, needs in TRIED:
        addresses = [route.own(), *([route.of_another(MISSING), route.of_another(NONSENSE)] if route.parts else [])]
        if not needs.lets("viewer", "get") or role in WHO_LOOKS:
            looked = [browser.get(address).status_code for address in addresses]
            if not as_promised(looked, is_open=needs.lets(role, "get")):
                wrong.append(f"GET {addresses[0]} as {role}, a row of its own, missing, nonsense: {looked}")
        if not needs.lets(role, "post"):
            sent = [browser.post(address).status_code for address in addresses[:2]]
            if not set(sent) <= {403, 404, 405} and not needs.lets(role, "get"):
                wrong.append(f"POST {addresses[0]} as {role}: {sent}")
            if sent[0] not in (403, 404, 405):
                wrong.append(f"POST {addresses[0]} as {role}: {sent[0]}")

    assert wrong == []
    assert written() == before


@pytest.mark.django_db
def test_I_14_who_is_not_signed_in_is_asked_to_sign_in_everywhere():
    make_everything()
    second_factor_of_somebody()
    browser = Browser()
    before, wrong = written(), []

    for route in (route for route in ROUTES if route.name not in OPEN):
        addresses = [route.own()] if route.needs else []
        addresses += [route.of_another(MISSING), route.of_another(NONSENSE)] if route.parts else [route.text]
        asked = [(method, address) for address in addresses for method in ("get", "post")]
        for method, address in [*asked, *((method, addresses[0]) for method in OTHERS)]:
            found = getattr(browser, method)(address)
            to_sign_in = found.status_code == 302 and found["Location"].startswith("/admin/login/?next=")
            if not to_sign_in and found.status_code not in (401, 403, 405):
                wrong.append(f"{method.upper()} {address}: {found.status_code}")

    assert wrong == []
    assert written() == before


@pytest.mark.django_db
def test_nothing_is_deleted_and_what_billing_keeps_is_not_written_by_hand_not_even_by_a_superuser(undrawn):
    make_everything()
    second_factor_of_somebody()
    browser, before, tried = signed_in("superuser"), written(), 0

    for route, needs in TRIED:
        if NOBODY in (needs.permission, needs.to_send):
            assert browser.post(route.own(), {"post": "yes", "status": "open"}).status_code == 403, route.name
            tried += 1

    assert tried > len(TABLES)
    assert written() == before


def second_factor_of_somebody() -> None:
    """Somebody else has a device, which administrators could reset."""
    person = UserFactory.create(username="somebody", role="viewer")
    TOTPDevice.objects.create(user=person, key=second_factor.new_key(), name="device")
    assert second_factor.device_of(person) is not None
