"""The demo's person: made for the demo alone."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from billing_project.embedded.demo import _password
from billing_project.embedded.folder import DataFolder


def test_without_a_password_from_the_demo_no_user_is_made(monkeypatch):
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)

    with pytest.raises(CommandError, match=r"is made by `run\.py demo` alone"):
        call_command("demo_user", "demo")


def test_in_production_no_user_is_made(monkeypatch, settings):
    monkeypatch.setenv("DEMO_PASSWORD", "quite-a-long-password")
    settings.APP_ENV = "production"

    with pytest.raises(CommandError, match=r"is made by `run\.py demo` alone"):
        call_command("demo_user", "demo")


def test_the_demos_password_is_random_and_stays_the_same(tmp_path):
    one, two = DataFolder.open(tmp_path / "one"), DataFolder.open(tmp_path / "two")

    assert _password(one) == _password(one)
    assert _password(one) != _password(two)
    assert len(_password(one)) >= 16
