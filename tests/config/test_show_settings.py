"""show_settings says what is in force and where it comes from, and tells no secret."""

import json
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

import config
from config.addresses import without_password
from tests.config.cases import PRODUCTION


@pytest.fixture
def installation(tmp_path, monkeypatch):
    """A production whose payment terms come from its .env file."""
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    (tmp_path / ".env").write_text("BILLING_DUE_DAYS=10\n")
    deployment, billing = config.load_all(config.environment(tmp_path))
    with override_settings(DEPLOYMENT=deployment, BILLING=billing, BASE_DIR=tmp_path):
        yield billing


def shown(*arguments):
    out = StringIO()
    call_command("show_settings", *arguments, stdout=out)
    return out.getvalue()


def test_each_setting_is_listed_with_its_source(installation):
    rows = {row["name"]: row for row in json.loads(shown("--format", "json"))}

    assert (rows["BILLING_DUE_DAYS"]["value"], rows["BILLING_DUE_DAYS"]["source"]) == ("10", ".env")
    assert (rows["BILLING_MIN_HOURS"]["value"], rows["BILLING_MIN_HOURS"]["source"]) == ("0.25", "default")
    assert (rows["SELLER_CITY"]["value"], rows["SELLER_CITY"]["source"]) == ("Hamburg", "environment")


def test_secrets_are_masked_in_every_format(installation):
    for text in (shown(), shown("--format", "json")):
        secrets = ("app-pw", "owner-pw", "redis-pw", "mail-pw", PRODUCTION["SECRET_KEY"], "sk_live", "whsec")

        assert [secret for secret in secrets if secret in text] == []
        assert "postgres://billing_app:********@db:5432/billing" in text


def test_one_setting_is_shown_with_its_meaning_and_default(installation):
    lines = shown("billing_due_days").splitlines()

    assert lines[0].split() == ["BILLING_DUE_DAYS", "10", ".env"]
    assert lines[1:] == ["Days until a client's invoice is due.", "Default: 30"]


def test_one_setting_as_json_is_an_object(installation):
    assert json.loads(shown("BILLING_DUE_DAYS", "--format", "json"))["default"] == "30"


def test_what_code_replaced_is_said(installation):
    with override_settings(BILLING=replace(installation, due_days=3)):
        assert shown("BILLING_DUE_DAYS").splitlines()[0].split(maxsplit=2) == ["BILLING_DUE_DAYS", "3", "set in code"]


def test_an_unknown_name_is_answered_with_near_ones(installation):
    with pytest.raises(CommandError, match=r"no setting BILLING_DUE_DAY; near it: BILLING_DUE_DAYS"):
        shown("BILLING_DUE_DAY")
    with pytest.raises(CommandError, match=r"near it: BILLING_HOLIDAY_COUNTRY"):
        shown("holiday")
    with pytest.raises(CommandError, match=r"without a name lists all"):
        shown("xyzzy")


def test_a_random_key_counts_as_a_default(tmp_path, monkeypatch):
    for name in PRODUCTION:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("APP_ENV", "local")
    deployment, billing = config.load_all(config.environment(tmp_path))

    with override_settings(DEPLOYMENT=deployment, BILLING=billing, BASE_DIR=tmp_path):
        assert shown("SECRET_KEY").splitlines()[0].split() == ["SECRET_KEY", "********", "default"]
        assert shown("STRIPE_WEBHOOK_SECRETS").splitlines()[0].split()[1] == "none"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("redis://cache:6379/0", "redis://cache:6379/0"),
        ("redis://:p@ss@cache/0", "redis://:********@cache/0"),
        ("smtp://mail:25?password=x", "********"),
        ("http://[broken", "********"),
        ("no address", "********"),
    ],
)
def test_an_address_is_shown_without_its_password(address, masked):
    assert without_password(address) == masked
