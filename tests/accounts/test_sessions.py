"""A sign-in lasts twelve hours, and one hour without a request; other sessions end with the password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client as Browser

from tests.factories import UserFactory
from tests.signing_in import BACKEND, signed_in

pytestmark = pytest.mark.django_db

TICKETS = "/admin/tickets/ticket/"
# Of cookies, the test's own browser asks the real clock whether they are over; so the day is a late one.
MORNING = datetime(2027, 1, 15, 7, 0, tzinfo=UTC)


def hours(browser: Browser, *steps: float) -> list[int]:
    """The answers to one request after each so many hours."""
    answers = []
    for step in steps:
        with time_machine.travel(MORNING + timedelta(hours=step), tick=False):
            answers.append(browser.get(TICKETS).status_code)
    return answers


def test_an_hour_without_a_request_ends_the_sign_in_and_twelve_hours_do_in_any_case():
    with time_machine.travel(MORNING, tick=False):
        idle, busy = signed_in("clerk"), signed_in("clerk")

    assert hours(idle, 0.9, 1.8, 2.8) == [200, 200, 302]
    assert hours(busy, *(step * 0.9 for step in range(1, 14)), 11.99, 12) == [200] * 13 + [200, 302]
    assert "too old" in busy.get("/admin/login/").content.decode()


def test_a_session_is_written_once_a_minute_and_not_with_every_request():
    with time_machine.travel(MORNING, tick=False):
        browser = signed_in("clerk")
    before = browser.session["seen_at"]
    hours(browser, 0.01)
    unwritten = browser.session["seen_at"]
    hours(browser, 0.02)

    assert unwritten == before
    assert browser.session["seen_at"] == before + 72


def test_signing_in_gives_the_session_another_name_and_signing_out_is_asked_for():
    person = UserFactory.create(username="kim", role="clerk")
    browser = Browser()
    browser.get("/admin/login/")
    session = browser.session
    session["planted"] = "yes"
    session.save()
    browser.cookies["sessionid"] = str(session.session_key)

    browser.post("/admin/login/", {"username": "kim", "password": "correct horse battery"})

    assert browser.session.session_key != session.session_key
    assert browser.session["_auth_user_id"] == str(person.pk)
    assert browser.get("/admin/logout/").status_code == 405
    assert browser.get(TICKETS).status_code == 200
    assert browser.post("/admin/logout/").status_code == 200
    assert browser.get(TICKETS).status_code == 302


def test_a_new_password_ends_the_other_sessions_and_who_is_switched_off_is_out_at_once():
    person = UserFactory.create(username="kim", role="clerk")
    here, there = Browser(), Browser()
    for browser in (here, there):
        browser.force_login(person, backend=BACKEND)

    old, new = "correct horse battery", "battery horse 9"
    here.post("/admin/password_change/", {"old_password": old, "new_password1": new, "new_password2": new})
    after = (here.get(TICKETS).status_code, there.get(TICKETS).status_code)
    type(person).objects.update(is_active=False)

    assert after == (200, 302)
    assert here.get(TICKETS).status_code == 302
