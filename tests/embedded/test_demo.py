"""The demo's person: made for the demo alone."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from billing_project.embedded.demo import _password
from billing_project.embedded.demo_stripe import free_port, stripe_environment, stripe_process
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


def test_the_demos_stripe_is_its_own_and_its_secrets_are_new_at_each_start_and_not_among_arguments(tmp_path):
    port = free_port()
    one, two = stripe_environment(port), stripe_environment(port)
    process = stripe_process(DataFolder.open(tmp_path), port, "http://127.0.0.1:8000/")

    assert one["STRIPE_API_BASE"] == f"http://127.0.0.1:{port}"
    assert one["STRIPE_SECRET_KEY"].startswith("sk_test_")
    assert one["STRIPE_WEBHOOK_SECRETS"] != two["STRIPE_WEBHOOK_SECRETS"]
    assert "http://127.0.0.1:8000/webhooks/stripe/" in process.module
    assert not {word for word in process.module if word.startswith(("sk_", "whsec_", "--secret"))}
