"""What cannot be taken back asks for the password again; whoever asks too often waits."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core.cache import caches
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from django_ratelimit.core import get_usage

from accounts.desk.step_up import ask_password, needs_password
from accounts.models import User
from billing_project.security import LIMITS
from invoicing.models import AuditEntry
from invoicing.switches import automation_is_stopped
from tests.factories import UserFactory
from tests.signing_in import signed_in

pytestmark = pytest.mark.django_db

RIGHT = "correct horse battery"
STOP = "/admin/invoicing/killswitch/stop_automation/"


@pytest.fixture
def limits(settings):
    """Limits count, in a cache of this process alone."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "limits"}}
    settings.RATELIMIT_ENABLE = True
    settings.RATE_LIMITS = dict(LIMITS)
    caches["default"].clear()
    return settings.RATE_LIMITS


def later(browser, **step):
    """The browser, and a moment by which the password was given long ago."""
    session = browser.session
    session["password_given_at"] = int((timezone.now() - timedelta(**step)).timestamp())
    session.save()
    return browser


class Pages:
    @needs_password
    def void(self, request, number):
        return HttpResponse(f"{request.method} {number}")


def asked(browser, method="post", **data):
    """What a page with a step-up answers to the person in that browser."""
    request = getattr(RequestFactory(), method)("/admin/void/7/?page=2", data)
    request.session = browser.session
    request.user = User.objects.get(pk=browser.session["_auth_user_id"])
    request.resolver_match = None
    answer = Pages().void(request, 7)
    request.session.save()
    return answer.render() if hasattr(answer, "render") else answer


def test_who_signed_in_or_gave_the_password_within_ten_minutes_goes_on():
    browser = signed_in("clerk")

    assert asked(browser).content == b"POST 7"
    assert asked(later(browser, minutes=9)).content == b"POST 7"


def test_the_right_password_goes_on_with_what_the_form_had_sent():
    browser = later(signed_in("clerk"), minutes=11)
    sent = {"confirmed": "yes", "reason": '"><b>wrong price', "_selected_action": ["4", "5"], "password1": "typed"}

    page = asked(browser, **sent).content.decode()
    wrong = asked(browser, **sent, step_up_method="POST", step_up_password="guess").content.decode()
    right = asked(browser, **sent, step_up_method="POST", step_up_password=RIGHT)

    for text in (page, wrong):
        assert "confirm with your password" in text
        assert text.count('name="_selected_action"') == 2
        assert 'value="&quot;&gt;&lt;b&gt;wrong price"' in text
        assert "typed" not in text
    assert "This is not your password." in wrong
    assert right.content == b"POST 7"
    assert asked(browser).content == b"POST 7"


def test_a_page_that_was_opened_is_opened_once_more_after_the_password():
    browser = later(signed_in("clerk"), minutes=11)

    page = asked(browser, "get").content.decode()
    done = asked(browser, step_up_method="GET", step_up_password=RIGHT)

    assert 'name="step_up_method" value="GET"' in page
    assert (done.status_code, done["Location"]) == (302, "/admin/void/7/?page=2")


def test_the_password_is_the_persons_own():
    UserFactory.create(username="ann", password="another 9 letters")
    browser = later(signed_in("clerk"), minutes=11)

    assert b"not your password" in asked(browser, step_up_password="another 9 letters").content


def test_roles_and_people_change_after_the_password_was_given_and_the_trail_tells_it():
    below = UserFactory.create(username="kim", role="viewer")
    browser = later(signed_in("administrator", username="ada"), minutes=11)
    address = reverse("admin:accounts_user_change", args=[below.pk])
    form = {"username": "kim", "role": "clerk", "is_active": "on"}

    assert "confirm with your password" in browser.get(reverse("admin:accounts_user_add")).content.decode()
    assert "confirm with your password" in browser.post(address, form).content.decode()
    assert User.objects.get(username="kim").role == "viewer"
    browser.post(address, {**form, "step_up_method": "POST", "step_up_password": RIGHT})

    assert User.objects.get(username="kim").role == "clerk"
    entry = AuditEntry.objects.get(action="user.changed")
    assert (entry.by, entry.data["before"]["role"], entry.data["after"]["role"]) == ("ada", "viewer", "clerk")


def test_a_password_that_an_administrator_gives_is_in_the_trail_and_not_in_the_entry():
    below = UserFactory.create(username="kim", role="viewer")

    signed_in("administrator").post(
        reverse("admin:auth_user_password_change", args=[below.pk]),
        {"password1": "battery horse 9", "password2": "battery horse 9", "usable_password": "true"},
    )

    below.refresh_from_db()
    assert below.check_password("battery horse 9")
    assert AuditEntry.objects.get(action="user.password_set").data == {}


# Limits


def test_guesses_of_a_password_are_counted(limits):
    limits["password"] = "2/10m"
    browser = later(signed_in("clerk"), minutes=11)

    answers = [asked(browser, step_up_password="guess").status_code for _ in range(3)]

    assert answers == [200, 200, 429]


def test_what_a_person_confirms_is_counted_and_one_too_many_changes_nothing(limits):
    limits["by_hand"] = "2/m"
    browser, other = signed_in("administrator"), signed_in("administrator")

    answers = [browser.post(STOP, {"confirmed": "yes", "reason": ""}) for _ in range(2)]
    refused = browser.post(STOP, {"confirmed": "yes", "reason": "stocktaking"})

    assert [answer.status_code for answer in answers] == [200, 200]
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert "Wait 1 minute, then try again." in refused.content.decode()
    assert not automation_is_stopped()
    assert other.post(STOP, {"confirmed": "yes", "reason": ""}).status_code == 200
    assert browser.get("/admin/tickets/ticket/").status_code == 200


def test_a_counter_that_is_away_keeps_nobody_from_their_work(limits, settings, caplog):
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "BACKEND": "billing_project.security.Counters",
                    "LOCATION": "redis://127.0.0.1:1/0"}
    }  # fmt: skip
    answer = signed_in("administrator").post(STOP, {"confirmed": "yes", "reason": "stocktaking"})

    assert answer.status_code == 302
    assert automation_is_stopped()
    assert "limits.not_counted" in caplog.text


def test_the_counter_is_shared_by_all_web_servers(settings):
    settings.RATELIMIT_ENABLE = True
    somebody = SimpleNamespace(is_authenticated=True, pk=f"only here {timezone.now().timestamp()}")
    request = RequestFactory().get("/")
    request.user = somebody  # type: ignore[assignment]

    counts = [get_usage(request, group="exports", key="user_or_ip", rate="9/d", increment=True) for _ in range(2)]

    assert settings.CACHES["default"]["BACKEND"].endswith("Counters")
    assert [count["count"] for count in counts if count] == [1, 2]
    with pytest.raises(NotImplementedError, match="the broker's messages"):
        caches["default"].clear()


def test_a_name_whose_password_was_wrong_too_often_is_told_to_wait(settings):
    settings.AXES_FAILURE_LIMIT = 2
    browser = signed_in("clerk")
    browser.logout()

    answers = [browser.post("/admin/login/", {"username": "kim", "password": "guess"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert "asked for too often" in answers[1].content.decode()


def test_a_moment_of_another_kind_is_no_password():
    request = RequestFactory().get("/")
    request.user = UserFactory.build()
    request.session = {"password_given_at": "yesterday"}  # type: ignore[assignment]

    with time_machine.travel(timezone.now()):
        assert ask_password(request) is not None
