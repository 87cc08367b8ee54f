"""People of each role at the admin's door."""

from __future__ import annotations

from django.test import Client as Browser

from tests.factories import UserFactory

BACKEND = "accounts.backends.RoleBackend"


def signed_in(role: str = "administrator", **fields: object) -> Browser:
    """A browser in which a person of that role is signed in; `superuser` is above all roles."""
    above = {"is_superuser": True, "role": "administrator"} if role == "superuser" else {"role": role}
    person = UserFactory.create(**{**above, **fields})
    browser = Browser()
    browser.force_login(person, backend=BACKEND)
    return browser
