"""What an administrator stores counts over the environment in every process within seconds; what is wrong does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from structlog.testing import capture_logs

import config
from config import overrides
from config.overrides import NAMES, StoreAway, Stored
from config.plan import BillingSettings

AT = datetime(2026, 2, 1, 9, 0, tzinfo=UTC)


def stored(**values):
    return {name: Stored(value, AT, "ann", "why not") for name, value in values.items()}


@pytest.fixture
def store(monkeypatch):
    """A store of which the test sets the rows, a clock that it turns, and how often the process asked."""
    world = SimpleNamespace(rows={}, now=1000.0, asked=0, fails=False, moment=True)

    def ask(first):
        world.asked += 1
        if world.fails:
            raise StoreAway
        return world.rows if world.moment or first else None

    monkeypatch.setattr(overrides, "_KNOWN", overrides._Known(ask=ask))
    monkeypatch.setattr(overrides, "time", SimpleNamespace(monotonic=lambda: world.now))
    return world


def test_a_stored_value_counts_over_the_environment_and_the_rest_stays():
    combined = overrides.combine(
        BillingSettings(delay_minutes=7),
        {"AUTO_BILL_ON_CLOSE": "yes", "BILLING_MIN_HOURS": "0:30", "BILLING_DEFAULT_HOURLY_RATE": "80.50"},
    )

    assert combined.ignored == {}
    assert combined.settings.auto_bill_on_close is True
    assert combined.settings.minimum_seconds == 1800
    assert combined.settings.default_hourly_rate == Decimal("80.5")
    assert combined.settings.delay_minutes == 7


def test_a_rate_can_be_stored_as_not_set():
    combined = overrides.combine(BillingSettings(default_hourly_rate=Decimal(80)), {"BILLING_DEFAULT_HOURLY_RATE": ""})

    assert combined.settings.default_hourly_rate is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BILLING_DELAY_MINUTES", "soon", 'BILLING_DELAY_MINUTES is "soon": not a whole number; allowed: a whole'),
        ("AUTO_BILL_ON_CLOSE", "", "neither true nor false"),
        ("TICKET_BILLING_ENABLED", "false", "no setting that can be stored"),
        ("SECRET_KEY", "x", "no setting that can be stored"),
        ("BILLING_STRATEGY_DEFAULT", "mixed", "BILLING_STRATEGY_DEFAULT is mixed while BILLING_ALLOW_MIXED is off"),
    ],
)
def test_what_is_no_value_or_contradicts_the_rest_is_left_out_and_named(name, value, said):
    base = BillingSettings(allow_mixed=False)

    combined = overrides.combine(base, {name: value, "BILLING_DUE_DAYS": "10"})

    assert said in combined.ignored[name]
    assert combined.settings == replace(base, due_days=10)


def test_every_name_that_can_be_stored_is_a_setting_and_none_of_them_a_secret_or_a_switch_of_everything():
    assert set(overrides.DECLARED) == NAMES
    assert not [spec.name for _, spec in overrides.DECLARED.values() if spec.mask]
    assert not {name for name in NAMES if name.startswith(("SELLER_", "TICKET_BILLING_", "BILLING_NUMBER"))}


def test_I_24_a_process_asks_every_three_seconds_and_not_for_each_ticket(store, settings):
    for _ in range(1000):
        config.billing()
    store.rows = stored(AUTO_BILL_ON_CLOSE="true")
    store.now += overrides.EVERY - 0.1
    before = config.billing().auto_bill_on_close
    store.now += 0.1

    assert before is False
    assert config.billing().auto_bill_on_close is True
    assert config.billing().enrolment_default == "draft"
    assert store.asked == 2
    assert overrides.EVERY <= 5


def test_the_fingerprint_is_that_of_what_is_in_force(store):
    before = config.billing().fingerprint()
    store.rows = stored(BILLING_ROUND_MINUTES="6")
    overrides.forget()

    assert config.billing().fingerprint() == replace(BillingSettings(), round_seconds=360).fingerprint() != before


def test_a_database_that_is_away_leaves_what_is_known_in_force(store):
    store.rows = stored(BILLING_DUE_DAYS="10")
    config.billing()
    store.fails = True
    store.now += 10

    assert [config.billing().due_days for _ in range(100)] == [10] * 100
    assert (store.asked, overrides.store_is_away()) == (2, True)


def test_settings_stay_as_they_are_within_a_transaction_but_a_new_process_reads_them_there(store):
    store.rows, store.moment = stored(BILLING_DUE_DAYS="10"), False
    assert config.billing().due_days == 10
    store.rows = stored(BILLING_DUE_DAYS="20")
    store.now += 10
    assert config.billing().due_days == 10

    store.moment = True
    assert config.billing().due_days == 20


def test_a_change_is_news_for_a_while_and_what_a_process_finds_first_is_none(store):
    store.rows = stored(BILLING_DUE_DAYS="10")
    config.billing()
    assert not overrides.changed_within(10)

    store.rows = {}
    overrides.forget()
    config.billing()
    assert overrides.changed_within(10)
    store.now += 10
    assert not overrides.changed_within(10)


def test_a_stored_value_that_an_upgrade_made_invalid_is_logged_once_and_breaks_nothing(store):
    store.rows = stored(BILLING_ROUNDING_LEVEL="fortnight")

    with capture_logs() as logs:
        found = [config.billing() for _ in range(3)]

    assert found[0].rounding_level == "ticket"
    assert [(one["log_level"], one["setting"]) for one in logs] == [("error", "BILLING_ROUNDING_LEVEL")]


def test_the_environment_replaced_by_a_test_is_combined_anew(store, settings):
    store.rows = stored(BILLING_DUE_DAYS="10")
    config.billing()

    settings.BILLING = replace(settings.BILLING, delay_minutes=99)

    assert (config.billing().delay_minutes, config.billing().due_days) == (99, 10)


@pytest.mark.django_db
def test_a_failing_read_does_not_end_the_transaction_of_who_asks():
    from django.db import connection

    from invoicing.stored_settings import Reader

    def broken():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM no_such_table")

    def away():
        raise OperationalError("the connection is lost")

    with capture_logs() as logs:
        reader = Reader(broken)
        for _ in range(2):
            with pytest.raises(StoreAway):
                reader(True)
        with pytest.raises(StoreAway):
            Reader(away)(True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")

    assert len(logs) == 2  # once for each reader
    assert reader(False) is None
