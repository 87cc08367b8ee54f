"""What guards the pages: policies and headers, sessions and cookies, limits, the second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.core.cache.backends.redis import RedisCache
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.deployment import Deployment

YEAR = 365 * 24 * 3600
ADMIN = "/admin/"

# Outside the admin there are no pages: only redirects, texts and answers to machines.
NARROW = {
    "default-src": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
}
# The admin's interface computes expressions in attributes and sets styles; nothing is loaded from elsewhere.
OF_THE_ADMIN = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
    "base-uri": ["'self'"],
    "object-src": ["'none'"],
}
# Nothing of what a browser could grant is used.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "geolocation",
        "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "picture-in-picture", "serial", "usb",
        "xr-spatial-tracking",
    )
)  # fmt: skip
# Requests of one person (or address) in a time; many for people, few for a script.
LIMITS = {"by_hand": "60/m", "exports": "60/m", "password": "10/10m", "code": "10/10m"}


class Counters(RedisCache):
    """Counts requests beside the messages, in the same Redis: emptying the one would empty the other."""

    def clear(self) -> None:
        raise NotImplementedError("the broker's messages are in the same database; entries expire by themselves")


class Policies(CSPMiddleware):
    """One policy for the admin, and a narrower one for everything else."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts: PolicyParts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path_info.startswith(ADMIN):
            parts.config = OF_THE_ADMIN
        return parts


class Headers:
    """Middleware: what a browser may use, and that it keeps no page of somebody who is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        answer.setdefault("Permissions-Policy", PERMISSIONS)
        if request.path_info.startswith(ADMIN):
            answer.setdefault("Cache-Control", "private, no-store")
        return answer


def security_settings(deployment: Deployment) -> dict[str, Any]:
    """Django's settings, and those of the packages that guard sign-in."""
    found = {
        "CONTENT_SECURITY_POLICY": {"DIRECTIVES": NARROW},
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "OTP_TOTP_ISSUER": "Ticket billing",
        "SESSION_COOKIE_AGE": deployment.session_hours * 3600,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_FAILURE_VIEW": "accounts.lost.form_too_old",
        "LANGUAGE_COOKIE_HTTPONLY": True,
        "LANGUAGE_COOKIE_SAMESITE": "Lax",
        "AXES_FAILURE_LIMIT": 10,
        "AXES_COOLOFF_TIME": 1,  # hour
        "AXES_ENABLE_ADMIN": False,
        "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"]],
        "AXES_LOCKOUT_CALLABLE": "accounts.limits.locked_out",
        "RATELIMIT_FAIL_OPEN": True,
        "CACHES": {"default": _cache(deployment.redis_url)},
    }
    return found | _production() if deployment.production else found


def _cache(redis_url: str) -> dict[str, Any]:
    """Shared by all web processes, and no reason to wait: a broker that is away costs at most a second."""
    if not redis_url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    return {
        "BACKEND": "billing_project.security.Counters",
        "LOCATION": redis_url,
        "KEY_PREFIX": "pages",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1, "retry": Retry(NoBackoff(), 0)},
    }


def _production() -> dict[str, Any]:
    return {
        "SECURE_SSL_REDIRECT": True,
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
        "SECURE_HSTS_SECONDS": YEAR,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SECURE_HSTS_PRELOAD": True,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "LANGUAGE_COOKIE_SECURE": True,
    }
