"""What billing's settings mean together: enrolment, retries, contradictions, the fingerprint."""

from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import environ
import pytest
from django.test import override_settings

import config
from config.declaration import declared
from config.kinds_of_business import hours
from config.plan import BillingSettings
from rating import terms
from tests.config.cases import BILLING, PRODUCTION

LOCAL = {"APP_ENV": "local"}


def load(**env):
    return config.load({**LOCAL, **env})


def problems(**env):
    with pytest.raises(config.SettingsError) as refused:
        config.load({**LOCAL, **env})
    return refused.value.problems


@pytest.mark.parametrize(
    ("env", "enrolment"),
    [
        ({}, "off"),
        ({"BILLING_INVOICE_STATUS": "auto"}, "off"),
        ({"AUTO_BILL_ON_CLOSE": "true"}, "draft"),
        ({"AUTO_BILL_ON_RESOLVE": "true"}, "draft"),
        ({"AUTO_BILL_ON_RESOLVE": "true", "BILLING_INVOICE_STATUS": "auto"}, "auto"),
        ({"BILLING_ENROLMENT_DEFAULT": "shadow"}, "shadow"),
        ({"AUTO_BILL_ON_CLOSE": "true", "BILLING_ENROLMENT_DEFAULT": "off"}, "off"),
    ],
)
def test_T_18_clients_without_an_own_value_follow_flags_and_invoice_status(env, enrolment):
    assert load(**env).enrolment_default == enrolment


def test_the_last_wait_repeats_when_there_are_more_retries_than_waits():
    settings = load(BILLING_MAX_RETRY_ATTEMPTS="5")

    assert [settings.retry_wait(failures) for failures in (1, 2, 3, 4, 5)] == [1, 5, 15, 15, 15]


def test_without_retries_no_waits_are_needed():
    settings = load(BILLING_MAX_RETRY_ATTEMPTS="0", BILLING_RETRY_SECONDS="none")

    assert settings.retry_wait(1) == 0


def test_rounding_and_fair_use_are_given_as_pricing_takes_them():
    settings = load(BILLING_ROUNDING_LEVEL="day", BILLING_MIN_HOURS="0.50", BILLING_FAIR_USE_SOFT_HOURS="1:30")

    assert settings.rounding == terms.Rounding("day", 900, "up", 1800, "raise")
    assert settings.fair_use.limits == terms.FairUse(100, 500, 5400, 1_800_000)


def test_the_zone_is_the_zone_of_the_setting():
    assert load(BILLING_TIMEZONE="Europe/Vienna").zone == ZoneInfo("Europe/Vienna")


def test_nobody_can_change_settings_in_passing():
    settings = load()

    with pytest.raises(FrozenInstanceError):
        settings.due_days = 1


def test_the_settings_in_force_are_those_of_django_so_that_a_test_can_replace_them():
    settings = load(BILLING_DUE_DAYS="10")

    with override_settings(BILLING=settings):
        assert config.billing() is settings


def test_an_environ_env_can_be_read_too():
    env = environ.Env()
    env.ENVIRON = {**LOCAL, "BILLING_DUE_DAYS": "21"}

    assert config.load(env).due_days == 21


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e2", "1_000", "٣", "+-1", "0x10", "1.", ".5", "--1", "1 000"])
def test_a_rate_that_is_no_plain_decimal_is_refused(text):
    assert len(problems(BILLING_DEFAULT_HOURLY_RATE=text)) == 1


@pytest.mark.parametrize("text", ["NaN", "-0.25", "25", "0.0001", "1:60", "0,25", "1h", "٣"])
def test_hours_that_are_negative_absurd_or_no_whole_seconds_are_refused(text):
    assert len(problems(BILLING_MIN_HOURS=text)) == 1


@pytest.mark.parametrize("typed", ["0.25", "8", "0:01", "0.0025", "1:20", "200", "1.01"])
def test_hours_are_shown_as_they_can_be_typed(typed):
    kind = hours("0", "500")

    assert kind.show(kind.parse(typed)) == typed


@pytest.mark.parametrize("text", ["[]", "{", "null", '{"mon":1}', '{"day":"08:00-09:00"}', "[" * 20_000])
def test_business_hours_that_say_nothing_are_refused(text):
    assert len(problems(BILLING_BUSINESS_HOURS=text)) == 1


def test_business_hours_that_name_a_day_twice_are_refused():
    assert "names a day twice" in problems(BILLING_BUSINESS_HOURS='{"mon":"08:00-09:00","mon":"10:00-11:00"}')[0]


def test_a_rate_of_zero_is_a_price_and_not_the_same_as_none():
    assert load(BILLING_DEFAULT_HOURLY_RATE="0").default_hourly_rate == Decimal(0)
    assert load().default_hourly_rate is None


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"BILLING_FAIR_USE_SOFT_TICKETS": "501"}, "BILLING_FAIR_USE_HARD_TICKETS"),
        ({"BILLING_FAIR_USE_SOFT_HOURS": "501"}, "BILLING_FAIR_USE_HARD_HOURS"),
        ({"BILLING_STRATEGY_DEFAULT": "mixed", "BILLING_ALLOW_MIXED": "off"}, "BILLING_ALLOW_MIXED"),
        ({"BILLING_RETRY_SECONDS": "none"}, "BILLING_MAX_RETRY_ATTEMPTS"),
        ({"BILLING_HOLIDAY_COUNTRY": "XX"}, "no calendar"),
        ({"BILLING_HOLIDAY_REGION": "XX"}, "BW, BY"),
        ({"BILLING_HOLIDAY_COUNTRY": "AX", "BILLING_HOLIDAY_REGION": "1"}, "no region"),
        ({"BILLING_CANCELLATION_NUMBER": "CN-{year}-0{number:04}"}, "BILLING_CREDIT_NOTE_NUMBER"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(env, named):
    found = problems(**env)

    assert len(found) == 1
    assert named in found[0]


def test_production_does_not_start_with_a_redirect_that_would_keep_mail_from_customers():
    with pytest.raises(config.SettingsError) as refused:
        config.load_all({**PRODUCTION, "MAIL_REDIRECT_TO": "trial@house.example"})

    assert refused.value.problems == (
        "MAIL_REDIRECT_TO is set, and would keep documents from customers in production; allowed: not set.",
    )
    assert load(MAIL_REDIRECT_TO="trial@house.example").mail.redirect_to == "trial@house.example"


def test_a_misspelt_setting_is_refused_with_the_name_that_was_meant():
    assert problems(BILLING_DUE_DAY="10") == (
        "BILLING_DUE_DAY is no setting; allowed: BILLING_DUE_DAYS, if that was meant.",
    )


def test_a_variable_of_another_program_is_left_alone():
    assert load(BILLING_BACKUP_TARGET="s3://x", PATH="/bin").due_days == 30


def test_everything_wrong_is_said_at_once_and_each_thing_once():
    found = problems(BILLING_DUE_DAYS="x", BILLING_MIN_HOURS="x", SELLER_VAT_ID="x", BILLING_DUE_DAY="1")

    assert [problem.split(" ", 1)[0] for problem in found] == [
        "BILLING_MIN_HOURS",
        "BILLING_DUE_DAYS",
        "SELLER_VAT_ID",
        "BILLING_DUE_DAY",
    ]


@pytest.mark.parametrize("name", ["SELLER_NAME", "SELLER_LINE1", "SELLER_POSTCODE", "SELLER_CITY", "SELLER_VAT_ID"])
def test_production_needs_what_every_invoice_must_carry(name):
    with pytest.raises(config.SettingsError) as refused:
        config.load({**PRODUCTION, name: ""})

    assert len(refused.value.problems) == 1
    assert refused.value.problems[0].startswith(name)


def test_in_production_a_tax_number_stands_for_a_vat_id():
    seller = config.load({**PRODUCTION, "SELLER_VAT_ID": "", "SELLER_TAX_NUMBER": "30/123/45678"}).seller

    assert (seller.vat_id, seller.tax_number, seller.email) == ("", "30/123/45678", "")


DECLARED = [(spec.name, spec.decides) for _, spec in declared(BillingSettings)]


@pytest.mark.parametrize(("name", "decides"), DECLARED)
def test_the_fingerprint_changes_exactly_with_what_decides_plans(name, decides):
    changed = load(**{name: BILLING[name][1]})
    enrolment_changed = changed.enrolment_default != load().enrolment_default

    assert (changed.fingerprint() != load().fingerprint()) == (decides or enrolment_changed)


def test_the_fingerprint_is_the_same_for_the_same_settings_however_they_were_typed():
    assert load(BILLING_MIN_HOURS="0:15", BILLING_DEFAULT_HOURLY_RATE="").fingerprint() == load().fingerprint()
    assert (
        load(BILLING_NON_BILLABLE_TYPES="training,maintenance,internal,warranty").fingerprint() == load().fingerprint()
    )


def test_the_fingerprint_follows_the_derived_enrolment():
    settings = load(AUTO_BILL_ON_CLOSE="true")

    assert replace(settings, invoice_status="auto").fingerprint() != settings.fingerprint()
