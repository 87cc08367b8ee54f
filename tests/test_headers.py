"""What every answer tells a browser: what it may load, frame, keep and use."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.conf import settings as of_this_run
from django.core.checks import run_checks
from django.test import Client as Browser
from django.test import override_settings

import billing_project.settings as product
from billing_project.security import security_settings
from config import deployment
from tests.config.cases import PRODUCTION
from tests.factories import UserFactory
from tests.signing_in import signed_in

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def production():
    """The guards of an installation in production."""
    guards = security_settings(deployment.load(PRODUCTION))
    here = {"ALLOWED_HOSTS": ["testserver"], "CACHES": of_this_run.CACHES, "SECOND_FACTOR": False}
    with override_settings(**guards | here | {"SECRET_KEY": PRODUCTION["SECRET_KEY"]}):
        yield guards


def policy(answer) -> dict[str, list[str]]:
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";")]
    return {part[0]: part[1:] for part in parts if part}


@pytest.mark.django_db
def test_djangos_own_checks_for_production_find_nothing(production):
    found = [problem for problem in run_checks(include_deployment_checks=True, databases=[]) if problem.level >= 30]

    assert found == []
    assert deployment.load(PRODUCTION).second_factor is True


@pytest.mark.django_db
def test_an_answer_in_production_is_kept_by_nobody_framed_by_nobody_and_encrypted_for_a_year(production):
    plain = Browser().get("/admin/login/")
    browser = signed_in("clerk")
    pages = [browser.get(path, secure=True) for path in ("/", "/admin/", "/healthz", "/admin/tickets/ticket/")]

    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/admin/login/")
    for page in pages:
        assert page["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        assert page["X-Content-Type-Options"] == "nosniff"
        assert page["X-Frame-Options"] == "DENY"
        assert page["Referrer-Policy"] == "same-origin"
        assert page["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in page["Permissions-Policy"]
        assert policy(page)["frame-ancestors"] == ["'none'"]
        assert "http:" not in str(policy(page))
        assert not {"'unsafe-inline'", "*"} & set(policy(page).get("script-src", []))
    assert all("no-store" in page["Cache-Control"] for page in (pages[1], pages[3]))


@pytest.mark.django_db
def test_outside_the_admin_nothing_may_run_or_load_and_inside_nothing_from_elsewhere():
    outside, inside = policy(Browser().get("/healthz")), policy(signed_in("clerk").get("/admin/"))

    assert outside["default-src"] == ["'none'"]
    assert not any("unsafe" in source for sources in outside.values() for source in sources)
    assert inside["default-src"] == ["'self'"]
    assert inside["script-src"] == ["'self'", "'unsafe-eval'"]
    assert {source for sources in inside.values() for source in sources} == {
        "'self'", "'none'", "'unsafe-eval'", "'unsafe-inline'", "data:",
    }  # fmt: skip


@pytest.mark.django_db
def test_cookies_of_a_sign_in_are_for_this_site_and_no_script(production):
    UserFactory.create(username="kim")
    given = {"username": "kim", "password": "correct horse battery"}

    cookies = Browser().post("/admin/login/", given, secure=True).cookies

    assert cookies["sessionid"]["httponly"]
    for name in ("sessionid", "csrftoken"):
        assert cookies[name]["secure"]
        assert cookies[name]["samesite"] == "Lax"


def test_passwords_are_kept_with_argon2():
    (hashers,) = (
        ast.literal_eval(node.value)
        for node in ast.parse((ROOT / "billing_project" / "settings.py").read_text()).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PASSWORD_HASHERS"
    )

    assert hashers[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"


def test_the_doors_stand_in_this_order():
    order = product.MIDDLEWARE
    doors = [
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django_otp.middleware.OTPMiddleware",
        "accounts.sessions.SessionClock",
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
        "accounts.second_factor.SecondFactorGate",
        "accounts.limits.ByHandLimit",
    ]

    assert [door for door in order if door in doors] == doors
