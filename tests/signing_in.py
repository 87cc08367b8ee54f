"""People of each role at the admin's door."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client as Browser

from tests.factories import UserFactory

BACKEND = "accounts.backends.RoleBackend"


class QuickHasher(Argon2PasswordHasher):
    """The product's way to keep passwords, at a cost that thousands of tests can bear."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


def signed_in(role: str = "administrator", **fields: object) -> Browser:
    """A browser in which a person of that role is signed in; `superuser` is above all roles."""
    above = {"is_superuser": True, "role": "administrator"} if role == "superuser" else {"role": role}
    person = UserFactory.create(**{**above, **fields})
    browser = Browser()
    browser.force_login(person, backend=BACKEND)
    return browser
