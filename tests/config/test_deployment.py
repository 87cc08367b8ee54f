"""Production starts only when it is complete and safe; every refusal is one sentence without a secret in it."""

import pytest

import config
from config import deployment
from tests.config.cases import A_KEY, PRODUCTION


def refusal(env):
    with pytest.raises(config.SettingsError) as refused:
        config.load_all(env)
    return refused.value.problems


def test_a_complete_production_starts():
    found, billing = config.load_all(PRODUCTION)

    assert found.production
    assert found.allowed_hosts == ("billing.example",)
    assert billing.seller.name == "Nordlicht IT GmbH"


@pytest.mark.parametrize(
    "name",
    [
        "DATABASE_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRETS",
        "EMAIL_URL",
    ],
)
def test_production_does_not_start_without(name):
    problems = refusal({key: value for key, value in PRODUCTION.items() if key != name})

    assert len(problems) == 1
    assert problems[0].startswith(f"{name} is not set")
    assert "allowed: " in problems[0]


def test_forgetting_app_env_means_production():
    problems = refusal({})

    assert sum("does not start without it" in problem for problem in problems) == 7
    assert not config.load_all({"APP_ENV": "local"})[0].production


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DEBUG", "true", "would show secrets"),
        ("SECRET_KEY", "short", "too short"),
        ("SECRET_KEY", "ab" * 40, "too regular"),
        ("SECRET_KEY", "django-insecure-" + A_KEY, "known example"),
        ("SECRET_KEY", "change-me-" + A_KEY, "known example"),
        ("STRIPE_SECRET_KEY", "sk_test_0123456789", "test key in production"),
        ("STRIPE_SECRET_KEY", "rk_test_0123456789", "test key in production"),
        ("STRIPE_API_BASE", "http://127.0.0.1:12111", "simulator"),
        ("ALLOWED_HOSTS", "*", "lets any host in"),
        ("EMAIL_URL", "consolemail://", "sends no mail"),
        ("APP_ENV", "prod", "no such choice"),
        ("DATABASE_URL", "mysql://a:b@db/x", "no known scheme"),
        ("REDIS_URL", "redis:///0", "names no host"),
        ("STRIPE_API_BASE", "https://", "names no host"),
    ],
)
def test_production_refuses(name, value, said):
    problems = refusal({**PRODUCTION, name: value})

    assert len(problems) == 1
    assert problems[0].startswith(name)
    assert said in problems[0]


@pytest.mark.parametrize("app_env", ["local", "test"])
@pytest.mark.parametrize("key", ["sk_live_0123456789", "rk_live_0123456789"])
def test_a_live_key_is_refused_outside_production(app_env, key):
    problems = refusal({"APP_ENV": app_env, "STRIPE_SECRET_KEY": key})

    assert len(problems) == 1
    assert "live key outside production" in problems[0]
    assert key not in problems[0]


def test_the_application_may_not_connect_as_the_owner():
    problems = refusal({**PRODUCTION, "DATABASE_OWNER_URL": PRODUCTION["DATABASE_URL"]})

    assert problems == ("DATABASE_URL has the owner's user; allowed: a role of its own that cannot change the schema.",)


def test_all_problems_of_deployment_and_billing_come_in_one_refusal():
    problems = refusal({**PRODUCTION, "DEBUG": "1", "SECRET_KEY": "x", "BILLING_DUE_DAYS": "x", "SELLER_CITY": ""})

    assert [problem.split(" ", 1)[0] for problem in problems] == [
        "DEBUG",
        "SECRET_KEY",
        "BILLING_DUE_DAYS",
        "SELLER_CITY",
    ]


def test_a_refusal_reads_as_lines_and_never_tells_a_secret():
    secret = "postgres://billing:hunter2@"

    with pytest.raises(config.SettingsError) as refused:
        deployment.load({**PRODUCTION, "DATABASE_URL": secret, "REDIS_URL": "redis-password"})

    assert str(refused.value) == "\n".join(refused.value.problems)
    assert "hunter2" not in str(refused.value)
    assert "redis-password" not in str(refused.value)


def test_outside_production_each_process_has_a_random_key_unless_one_is_set():
    one, other = (deployment.load({"APP_ENV": "local"}).secret_key for _ in range(2))

    assert one != other
    assert len(one) >= 50
    assert deployment.load({"APP_ENV": "local", "SECRET_KEY": "mine"}).secret_key == "mine"


def test_connections_are_given_as_django_takes_them():
    found = deployment.load(PRODUCTION)

    assert found.database()["ENGINE"] == "django.db.backends.postgresql"
    assert (found.database()["USER"], found.database_owner()["USER"]) == ("billing_app", "billing_owner")
    assert (found.database()["NAME"], found.database()["PORT"]) == ("billing", 5432)
    assert (found.email()["EMAIL_HOST"], found.email()["EMAIL_USE_TLS"]) == ("mail", True)


def test_without_an_address_there_is_no_connection():
    found = deployment.load({"APP_ENV": "local"})

    assert (found.database(), found.database_owner()) == ({}, {})


def test_a_port_in_use_by_nobody_is_chosen_where_none_is_set():
    assert deployment.load({"APP_ENV": "local"}).port is None
    assert deployment.load({"APP_ENV": "local", "PORT": "8080"}).port == 8080
