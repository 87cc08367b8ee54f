"""The second factor: a code of the person's own device beside the password, or one of ten codes kept on paper."""

from __future__ import annotations

import re
import secrets
from base64 import b32encode
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import django_otp
import segno
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import trail
from accounts.models import User

RECOVERY_CODES: Final = 10
KEY_BYTES: Final = 20
_CODE = re.compile(r"[0-9]{6}")
# Steps of 30 seconds by which the clock of a telephone may differ.
_TOLERANCE: Final = 1
# Views that a person reaches with the password alone, by name.
WITH_PASSWORD_ALONE: Final = frozenset({"second-factor", "second-factor-set-up", "admin:logout", "admin:jsi18n"})


def device_of(person: User) -> TOTPDevice | None:
    """The person's device; None where none is set up."""
    return TOTPDevice.objects.filter(user=person, confirmed=True).first()


def codes_left(person: User) -> int:
    """How many codes on paper are left."""
    return int(StaticToken.objects.filter(device__user=person).count())


def new_key() -> str:
    """A fresh secret for a device, as hexadecimal digits."""
    return secrets.token_hex(KEY_BYTES)


def typed_key(key: str) -> str:
    """The secret as a person types it into a device: groups of four letters."""
    letters = b32encode(bytes.fromhex(key)).decode()
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def picture_of(key: str, person: User) -> str:
    """The secret as a picture for a camera: the address of an SVG that needs no request."""
    address = TOTPDevice(user=person, key=key).config_url
    return segno.make(address, error="m").svg_data_uri(scale=5, border=3, light="#fff")


@transaction.atomic
def set_up(person: User, key: str, code: str, *, at: datetime) -> tuple[TOTPDevice, list[str]] | None:
    """Take a device that shows the right code, in place of one before, and write new recovery codes.

    Returns the device and the codes, which nobody can read again; None where the code is wrong.
    """
    totp = TOTP(bytes.fromhex(key))
    totp.time = at.timestamp()
    if not _CODE.fullmatch(code) or not totp.verify(int(code), _TOLERANCE):
        return None
    replaced = _forget(person)
    device = TOTPDevice.objects.create(user=person, key=key, name="device", last_t=totp.t(), drift=totp.drift)
    codes = _write_codes(person)
    trail.record(
        "second_factor.set_up", person, by=person.get_username(), at=at, data={"in_place_of_another": replaced}
    )
    return device, codes


def check(person: User, typed: str) -> Any | None:
    """The device that takes the code, or None. Devices count wrong codes, and wait longer after each."""
    code = "".join(typed.split()).lower()
    kind = TOTPDevice if _CODE.fullmatch(code) else StaticDevice
    device = kind.objects.filter(user=person, confirmed=True).first()
    return django_otp.verify_token(person, device.persistent_id, code) if device else None


@transaction.atomic
def write_codes(person: User, *, at: datetime) -> list[str]:
    """New recovery codes; the old ones count no more."""
    codes = _write_codes(person)
    trail.record("second_factor.codes_written", person, by=person.get_username(), at=at)
    return codes


@transaction.atomic
def reset(person: User, *, by: str, at: datetime, reason: str) -> bool:
    """Forget the person's device and codes: the next sign-in sets up another. False where there was none."""
    if not _forget(person):
        return False
    trail.record("second_factor.reset", person, by=by, at=at, reason=reason)
    return True


def _forget(person: User) -> bool:
    found = [kind.objects.filter(user=person).delete()[0] for kind in (TOTPDevice, StaticDevice)]
    return any(found)


def _write_codes(person: User) -> list[str]:
    StaticDevice.objects.filter(user=person).delete()
    device = StaticDevice.objects.create(user=person, name="codes on paper")
    codes = sorted({StaticToken.random_token() for _ in range(RECOVERY_CODES)})
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


class SecondFactorGate:
    """Middleware: where SECOND_FACTOR is on, nobody passes with a password alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:  # noqa: ARG002
        if not settings.SECOND_FACTOR or not getattr(view, "login_required", True):
            return None
        person: Any = request.user
        match = request.resolver_match
        if not person.is_authenticated or person.is_verified() or (match and match.view_name in WITH_PASSWORD_ALONE):
            return None
        return redirect_to_login(request.get_full_path(), login_url=reverse("second-factor"))
