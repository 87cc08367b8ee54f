"""What a process needs to run at all: which environment it is, its services, its secrets."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import environ

from config.addresses import DATABASE_URL, EMAIL_URL, HOST, REDIS_URL, WEB_URL, without_password
from config.declaration import read, setting
from config.environment import Environment, environment_of
from config.errors import SettingsError
from config.kinds import choice, flag, masked, minutes, optional, several, shaped, text, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

PRODUCTION, LOCAL, TEST = "production", "local", "test"
_SHORTEST_KEY, _FEWEST_LETTERS = 50, 10
_KNOWN_KEYS = ("django-insecure-", "changeme", "change-me", "change_me", "secret", "example", "insecure", "your-")
_LIVE_KEYS, _TEST_KEYS = ("sk_live_", "rk_live_"), ("sk_test_", "rk_test_")
_STRIPE_KEY = shaped("(sk|rk)_(live|test)_[A-Za-z0-9_]{3,250}", "sk_live_… in production, sk_test_… elsewhere")
_WEBHOOK_SECRET = shaped("whsec_[A-Za-z0-9_+/=]{3,250}", "whsec_…")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The environment of this process. An empty address outside production means: nobody has started that service."""

    app_env: str = setting(
        "APP_ENV", choice(PRODUCTION, LOCAL, TEST), PRODUCTION,
        "What this installation is. Not set counts as production, so that forgetting it never lowers a guard.",
    )  # fmt: skip
    debug: bool = setting("DEBUG", flag(), "false", "Django's debug pages; refused in production.")
    database_url: str = setting(
        "DATABASE_URL", DATABASE_URL, "", "PostgreSQL as the application's role.", mask=without_password
    )
    database_owner_url: str = setting(
        "DATABASE_OWNER_URL", DATABASE_URL, "", "The same database as its owner; only migrations use it.",
        mask=without_password,
    )  # fmt: skip
    redis_url: str = setting("REDIS_URL", REDIS_URL, "", "The broker.", mask=without_password)
    secret_key: str = setting(
        "SECRET_KEY", text(500), "", "Signs sessions. Outside production a random one for each process.", mask=masked
    )
    allowed_hosts: tuple[str, ...] = setting(
        "ALLOWED_HOSTS", several(HOST, "host names"), "none", "Host names under which the site is reached.",
        local="localhost,127.0.0.1,[::1]",
    )  # fmt: skip
    stripe_secret_key: str = setting("STRIPE_SECRET_KEY", _STRIPE_KEY, "", "Stripe's secret key.", mask=masked)
    stripe_webhook_secrets: tuple[str, ...] = setting(
        "STRIPE_WEBHOOK_SECRETS", several(_WEBHOOK_SECRET, "whsec_… values"), "none",
        "Secrets that sign Stripe's events, the current one first; two while one replaces the other.", mask=masked,
    )  # fmt: skip
    stripe_api_base: str = setting("STRIPE_API_BASE", WEB_URL, "", "Address of a simulator in Stripe's place.")
    email_url: str = setting(
        "EMAIL_URL", EMAIL_URL, "", "The mail server.", local="consolemail://", mask=without_password
    )
    second_factor: bool = setting(
        "SECOND_FACTOR", flag(), "true", "Everybody who signs in shows a code of a device beside the password.",
        local="false",
    )  # fmt: skip
    session_hours: int = setting("SESSION_HOURS", whole(1, 72), "12", "Hours after which people sign in again.")
    session_idle_seconds: int = setting(
        "SESSION_IDLE_MINUTES", minutes(5, 1440), "60", "Minutes without a request after which people sign in again."
    )
    metrics_token: str = setting(
        "METRICS_TOKEN", shaped("[A-Za-z0-9_-]{16,200}", "16 to 200 letters, digits, - and _"), "",
        "What Prometheus shows to read /metrics, as a bearer token. Not set: there is no such page.", mask=masked,
    )  # fmt: skip
    sentry_dsn: str = setting(
        "SENTRY_DSN", WEB_URL, "",
        "Where faults are reported, scrubbed of all that clients wrote. Not set: nowhere.", mask=masked,
    )  # fmt: skip
    port: int | None = setting(
        "PORT", optional(whole(1, 65_535)), "", "Port of the web server. Not set: 8000, or the next free one."
    )

    @property
    def production(self) -> bool:
        return self.app_env == PRODUCTION

    def database(self) -> dict[str, Any]:
        """Return Django's connection settings of the application's role; {} where no address is set."""
        return dict(environ.Env.db_url_config(self.database_url)) if self.database_url else {}

    def database_owner(self) -> dict[str, Any]:
        """Return Django's connection settings of the owner; {} where no address is set."""
        return dict(environ.Env.db_url_config(self.database_owner_url)) if self.database_owner_url else {}

    def email(self) -> dict[str, Any]:
        """Return Django's EMAIL_* settings."""
        return dict(environ.Env.email_url_config(self.email_url))


def load(env: Any) -> Deployment:
    """Read the deployment. Raises SettingsError with one sentence for everything that is wrong."""
    problems: list[str] = []
    deployment = read_deployment(environment_of(env), problems)
    if problems:
        raise SettingsError(problems)
    return deployment


def read_deployment(env: Environment, problems: list[str]) -> Deployment:
    """Read the deployment; what is wrong is added to `problems`."""
    production = is_production(env)
    deployment = read(Deployment, env, production=production, problems=problems)
    named = {problem.split(" ", 1)[0].removesuffix("_FILE:") for problem in problems}
    checks = (*_in_production(deployment), *_key_strength(deployment)) if production else _elsewhere(deployment)
    # A value that could not be read is named once, with its own fault, and not again as missing.
    problems += [f"{name} {fault}." for name, fault in (*checks, *_everywhere(deployment)) if name not in named]
    return deployment if deployment.secret_key else replace(deployment, secret_key=secrets.token_urlsafe(64))


def is_production(env: Environment) -> bool:
    """Say whether production's rules apply: always, unless APP_ENV clearly says local or test."""
    found = env.find("APP_ENV")
    return found is None or found.text not in (LOCAL, TEST)


def _in_production(deployment: Deployment) -> Iterator[tuple[str, str]]:
    for name, value, allowed in (
        ("DATABASE_URL", deployment.database_url, DATABASE_URL.allowed),
        ("REDIS_URL", deployment.redis_url, REDIS_URL.allowed),
        ("SECRET_KEY", deployment.secret_key, f"at least {_SHORTEST_KEY} random characters"),
        ("ALLOWED_HOSTS", deployment.allowed_hosts, "host names separated by commas"),
        ("STRIPE_SECRET_KEY", deployment.stripe_secret_key, "a live key, sk_live_…"),
        ("STRIPE_WEBHOOK_SECRETS", deployment.stripe_webhook_secrets, "whsec_… values separated by commas"),
        ("EMAIL_URL", deployment.email_url, EMAIL_URL.allowed),
    ):
        if not value:
            yield name, f"is not set, and production (APP_ENV) does not start without it; allowed: {allowed}"
    if deployment.debug:
        yield "DEBUG", "is true, and would show secrets to visitors in production; allowed: false"
    if any(host.startswith("*") for host in deployment.allowed_hosts):
        yield "ALLOWED_HOSTS", 'contains "*", which lets any host in; allowed in production: names, .example.com'
    if deployment.stripe_secret_key.startswith(_TEST_KEYS):
        yield "STRIPE_SECRET_KEY", "is a test key in production; allowed: a live key, sk_live_…"
    if deployment.stripe_api_base:
        yield "STRIPE_API_BASE", "points to a simulator in production; allowed: not set"
    if deployment.email_url and not deployment.email_url.startswith("smtp"):
        yield "EMAIL_URL", f"sends no mail in production; allowed: {EMAIL_URL.allowed}"


def _key_strength(deployment: Deployment) -> Iterator[tuple[str, str]]:
    key = deployment.secret_key
    if not key:
        return
    if len(key) < _SHORTEST_KEY or len(set(key)) < _FEWEST_LETTERS:
        yield "SECRET_KEY", f"is too short or too regular; allowed: at least {_SHORTEST_KEY} random characters"
    elif key.lower().startswith(_KNOWN_KEYS):
        yield "SECRET_KEY", f"is a known example; allowed: at least {_SHORTEST_KEY} random characters of your own"


def _elsewhere(deployment: Deployment) -> Iterator[tuple[str, str]]:
    if deployment.stripe_secret_key.startswith(_LIVE_KEYS):
        yield "STRIPE_SECRET_KEY", "is a live key outside production; allowed: a test key, sk_test_…"


def _everywhere(deployment: Deployment) -> Iterator[tuple[str, str]]:
    urls = (deployment.database_url, deployment.database_owner_url)
    if all(urls) and environ.Env.db_url_config(urls[0])["USER"] == environ.Env.db_url_config(urls[1])["USER"]:
        yield "DATABASE_URL", "has the owner's user; allowed: a role of its own that cannot change the schema"
