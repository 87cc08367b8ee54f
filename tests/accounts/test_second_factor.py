"""A password alone opens nothing; a device, or a code from paper, does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.core.checks import run_checks
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_factor
from accounts.models import User
from billing_project.checks import second_factor_is_on
from config import deployment
from invoicing.models import AuditEntry
from tests.commands.running import run
from tests.config.cases import PRODUCTION
from tests.factories import UserFactory
from tests.signing_in import BACKEND, signed_in

pytestmark = pytest.mark.django_db

CHECK, SET_UP, TICKETS = "/admin/second-factor/", "/admin/second-factor/set-up/", "/admin/tickets/ticket/"


@pytest.fixture
def kim(settings):
    settings.SECOND_FACTOR = True
    return UserFactory.create(username="kim", role="clerk")


def at_the_door(person) -> Browser:
    """A browser in which the password was right."""
    browser = Browser()
    browser.force_login(person, backend=BACKEND)
    return browser


def code_of(key: str) -> str:
    """What a device with that secret shows now."""
    return f"{totp(bytes.fromhex(key)):06}"


def equipped(person):
    """The person has a device, which last showed a code a while ago; returns key and codes on paper."""
    key, now = second_factor.new_key(), timezone.now()
    done = second_factor.set_up(person, key, code_of(key), at=now)
    assert done is not None
    TOTPDevice.objects.update(last_t=0)
    return key, done[1]


def test_whoever_has_no_device_sets_one_up_before_anything_else(kim):
    browser = at_the_door(kim)

    first = browser.get(TICKETS, follow=True)
    key = browser.session["second_factor_key"]
    wrong = browser.post(SET_UP, {"code": "000000" if code_of(key) != "000000" else "111111"})
    closed = browser.get(TICKETS)
    done = browser.post(SET_UP, {"code": code_of(key)})

    assert first.redirect_chain == [(f"{CHECK}?next={TICKETS}", 302), (SET_UP, 302)]
    assert "data:image/svg+xml" in first.content.decode()
    assert second_factor.typed_key(key) in first.content.decode()
    assert "is not the one that the device shows now" in wrong.content.decode()
    assert closed.status_code == 302
    assert set(re.findall(r"<code>([a-z2-7]{8})</code>", done.content.decode())) == set(
        StaticToken.objects.values_list("token", flat=True)
    )
    assert StaticToken.objects.count() == 10
    assert f'href="{TICKETS}"' in done.content.decode()
    assert browser.get(TICKETS).status_code == 200
    assert AuditEntry.objects.get(action="second_factor.set_up").by == "kim"


def test_a_device_lets_in_and_each_of_its_codes_counts_once(kim):
    key, _ = equipped(kim)
    browser, other = at_the_door(kim), at_the_door(kim)
    before = browser.session.session_key

    asked = browser.get(TICKETS, follow=True)
    seen = browser.post(CHECK, {"code": f" {code_of(key)[:3]} {code_of(key)[3:]} ", "next": TICKETS})
    again = other.post(CHECK, {"code": code_of(key)})

    assert "six digits that your device shows" in asked.content.decode()
    assert (seen.status_code, seen["Location"]) == (302, TICKETS)
    assert browser.session.session_key != before
    assert browser.get(TICKETS).status_code == 200
    assert "This code is wrong, or was used before" in again.content.decode()
    assert other.get(TICKETS).status_code == 302


def test_a_code_from_paper_lets_in_once_and_a_wrong_one_makes_wait(kim):
    _, codes = equipped(kim)

    let_in = at_the_door(kim).post(CHECK, {"code": codes[0].upper()})
    again = at_the_door(kim).post(CHECK, {"code": codes[0]})
    too_soon = at_the_door(kim).post(CHECK, {"code": codes[1]})
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        later = at_the_door(kim).post(CHECK, {"code": codes[1]})

    assert [page.status_code for page in (let_in, again, too_soon, later)] == [302, 200, 200, 302]
    assert StaticToken.objects.count() == 8


def test_the_password_alone_replaces_no_device_and_leads_nowhere_else(kim):
    equipped(kim)
    browser = at_the_door(kim)

    for page in (browser.get(SET_UP), browser.post(SET_UP, {"code": "123456"})):
        assert (page.status_code, page["Location"]) == (302, CHECK)
    assert browser.get(CHECK, {"next": "https://elsewhere.example/"}).context["next"] == ""
    assert browser.get("/admin/password_change/").status_code == 302
    assert browser.post("/admin/logout/").status_code == 200
    assert TOTPDevice.objects.count() == 1


def test_who_has_shown_the_device_writes_new_codes_and_takes_another_device(kim):
    key, old = equipped(kim)
    browser = at_the_door(kim)
    browser.post(CHECK, {"code": code_of(key)})

    state = browser.get(CHECK).content.decode()
    written = browser.post(CHECK).content.decode()
    browser.get(SET_UP)
    browser.post(SET_UP, {"code": code_of(browser.session["second_factor_key"])})

    assert "10 recovery codes are left." in state
    assert "shown this once" in written
    assert not any(code in written for code in old)
    assert TOTPDevice.objects.get().key != key
    assert AuditEntry.objects.latest("pk").data == {"in_place_of_another": True}


def test_an_administrator_resets_the_device_of_another_with_a_reason_and_nobody_their_own(kim, settings):
    equipped(kim)
    settings.SECOND_FACTOR = False
    browser = signed_in("administrator", username="ada")
    own = equipped(User.objects.get(username="ada"))
    address = reverse("admin:accounts_user_reset_second_factor", args=[kim.pk])

    unsaid = browser.post(address, {"confirmed": "yes", "reason": ""})
    for_a_clerk = signed_in("clerk").get(address)
    done = browser.post(address, {"confirmed": "yes", "reason": "lost the telephone"})

    assert own
    assert "This field is required" in unsaid.content.decode()
    assert for_a_clerk.status_code == 403
    assert [str(said) for said in get_messages(done.wsgi_request)] == ["kim sets up a new device at the next sign-in."]
    assert second_factor.device_of(kim) is None
    assert second_factor.codes_left(kim) == 0
    entry = AuditEntry.objects.get(action="second_factor.reset")
    assert (entry.by, entry.reason, entry.subject_id) == ("ada", "lost the telephone", kim.pk)
    ada = User.objects.get(username="ada")
    assert browser.get(reverse("admin:accounts_user_reset_second_factor", args=[ada.pk])).status_code == 403


def test_the_last_administrator_without_a_device_is_helped_from_the_server(kim):
    equipped(kim)

    unsaid = run("reset_second_factor", "kim")
    unknown = run("reset_second_factor", "tim", "--reason", "lost")
    tried = run("reset_second_factor", "kim", "--reason", "lost", "--dry-run")
    kept = second_factor.device_of(kim) is not None
    done = run("reset_second_factor", "kim", "--reason", "lost", "--by", "root")
    again = run("reset_second_factor", "kim", "--reason", "lost")

    assert [ended.code for ended in (unsaid, unknown, tried, done, again)] == [1, 1, 0, 0, 0]
    assert kept
    assert second_factor.device_of(kim) is None
    assert again.lines == ["kim has no second factor"]
    assert AuditEntry.objects.get(action="second_factor.reset").by == "root"


def test_devices_and_their_secrets_are_in_no_page(kim, settings):
    key, codes = equipped(kim)
    settings.SECOND_FACTOR = False
    page = signed_in("superuser")

    shown = second_factor.typed_key(key).replace(" ", "")
    for address in (reverse("admin:accounts_user_changelist"), reverse("admin:accounts_user_change", args=[kim.pk])):
        answer = page.get(address)
        text = answer.content.decode()
        assert answer.status_code == 200
        assert not any(secret in text for secret in (key, shown, *codes))
    assert page.get("/admin/otp_totp/totpdevice/").status_code == 404


def test_production_without_a_second_factor_says_so(settings):
    settings.DEPLOYMENT = deployment.load({**PRODUCTION, "SECOND_FACTOR": "off"})
    settings.SECOND_FACTOR = settings.DEPLOYMENT.second_factor

    assert [problem.id for problem in run_checks(tags=["security"]) if str(problem.id).startswith("billing")] == [
        "billing.W002"
    ]
    settings.SECOND_FACTOR = deployment.load(PRODUCTION).second_factor
    assert second_factor_is_on(None) == []
