"""Django settings, assembled from the environment through `config`; wrong values stop the start with a sentence."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy

import config
from billing_project.database import connections
from billing_project.logs import REQUEST_LOGS, logging_settings
from billing_project.queues import celery_settings
from billing_project.security import LIMITS, security_settings

BASE_DIR = Path(__file__).resolve().parent.parent

DEPLOYMENT, BILLING = config.load_all(config.environment(BASE_DIR))
# What this process is: web, billing, gateway, worker, beat or command. It decides timeouts, nothing else.
PROCESS = os.environ.get("PROCESS", "command")

APP_ENV = DEPLOYMENT.app_env
SECRET_KEY = DEPLOYMENT.secret_key
DEBUG = DEPLOYMENT.debug
ALLOWED_HOSTS = list(DEPLOYMENT.allowed_hosts)

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_structlog",
    "config",
    "accounts",
    "contracts",
    "invoicing",
    "tickets",
    "gateway_billing",
    "office",
    "billing_project",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "billing_project.security.Policies",
    "billing_project.security.Headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "billing_project.request_log.RequestLog",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "accounts.sessions.SessionClock",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.second_factor.SecondFactorGate",
    "accounts.limits.ByHandLimit",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "office.local_time.local_time",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "billing_project.urls"
WSGI_APPLICATION = "billing_project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = connections(DEPLOYMENT, PROCESS)
DATABASE_ROUTERS = ["billing_project.database.OwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.backends.RoleBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "office.formats"

STATIC_URL = "static/"
# An image collects them here; without the folder they are served from where the packages keep them.
COLLECTED = BASE_DIR / "staticfiles"
STATIC_ROOT = COLLECTED if DEPLOYMENT.production or COLLECTED.is_dir() else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not DEPLOYMENT.production

SECOND_FACTOR = DEPLOYMENT.second_factor
SESSION_LASTS = timedelta(hours=DEPLOYMENT.session_hours)
SESSION_IDLE = timedelta(seconds=DEPLOYMENT.session_idle_seconds)
RATE_LIMITS = LIMITS
globals().update(security_settings(DEPLOYMENT))
globals().update(celery_settings(DEPLOYMENT.redis_url, PROCESS))
globals().update(DEPLOYMENT.email())

LOGGING_CONFIG = "billing_project.logs.configure"
LOGGING = logging_settings(colours=APP_ENV == "local")
globals().update(REQUEST_LOGS)

UNFOLD = {
    "SITE_TITLE": "Ticket billing",
    "SITE_HEADER": "Ticket billing",
    "SITE_SYMBOL": "receipt_long",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("desk/favicon.svg")}],
    "STYLES": [lambda _request: static("desk/desk.css")],
    "SCRIPTS": [lambda _request: static("desk/names.js")],
    "DASHBOARD_CALLBACK": "office.home.page.figures",
    "SIDEBAR": {"navigation": "office.navigation.sidebar"},
    "ACCOUNT": {
        "navigation": [
            {"title": gettext_lazy("Change password"), "link": reverse_lazy("admin:password_change")},
            {"title": gettext_lazy("Second factor"), "link": reverse_lazy("second-factor")},
        ]
    },
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(62.3% .214 259.8)",
            "600": "oklch(54.6% .245 262.9)",
            "700": "oklch(48.8% .243 264.4)",
            "800": "oklch(42.4% .199 265.6)",
            "900": "oklch(37.9% .146 265.5)",
            "950": "oklch(28.2% .091 267.9)",
        },
    },
}
