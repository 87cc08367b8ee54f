"""Kinds of values that are addresses of services: database, broker, mail, web."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

import environ

from config.declaration import MASK, NONE, Kind

DATABASE_SCHEMES = ("postgres", "postgresql")
REDIS_SCHEMES = ("redis", "rediss")
WEB_SCHEMES = ("http", "https")


def without_password(url: str) -> str:
    """Return the address with its password hidden; all of it hidden where it cannot be taken apart."""
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        return MASK
    if not parts.scheme or parts.query:
        return MASK
    if password is None:
        return url
    before, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{before.partition(':')[0]}:{MASK}@{host}").geturl()


def _parts(text: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as problem:
        raise ValueError("not an address") from problem
    if parts.scheme not in schemes:
        raise ValueError("begins with no known scheme")
    return parts


def _database(text: str) -> str:
    if not text:
        return text
    parts = _parts(text, DATABASE_SCHEMES)
    if not parts.username or not parts.path.strip("/"):
        raise ValueError("names no user or no database")
    return text


def _redis(text: str) -> str:
    if text and not _parts(text, REDIS_SCHEMES).hostname:
        raise ValueError("names no host")
    return text


def _web(text: str) -> str:
    if text and not _parts(text, WEB_SCHEMES).hostname:
        raise ValueError("names no host")
    return text.rstrip("/")


def _email(text: str) -> str:
    if text:
        parts = _parts(text, tuple(environ.Env.EMAIL_SCHEMES))
        if parts.scheme.startswith("smtp") and not parts.hostname:
            raise ValueError("names no host")
    return text


def _host(text: str) -> str:
    if not text or any(letter in text for letter in "/ @\t") or "://" in text:
        raise ValueError("not a host name")
    return text


DATABASE_URL = Kind("postgres://user:password@host:port/database", _database)
REDIS_URL = Kind("redis://:password@host:port/number", _redis)
WEB_URL = Kind("http(s)://host:port", _web)
WEB_URL_OR_NONE = Kind(
    f'{WEB_URL.allowed}, or "{NONE}"',
    lambda text: "" if text == NONE else WEB_URL.parse(text),
    lambda address: address or NONE,
)
EMAIL_URL = Kind("smtp+tls://user:password@host:port, or consolemail:// outside production", _email)
HOST = Kind("a host name", _host)
