"""I-26: what is kept for a time only is gone afterwards; what it was about stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session

from billing_project.queues import SCHEDULE
from invoicing.models import Heartbeat, StripeEvent
from office import retention, tasks
from office.retention import forget
from tests.factories import NOW

DAY = timedelta(days=1)


def received(name: str, days: int) -> None:
    at = NOW - days * DAY
    StripeEvent.objects.create(
        event_id=name, event_type="invoice.paid", payload=b'{"name": "Anna"}', received_at=at, next_at=at,
        status="processed", processed_at=at,
    )  # fmt: skip


def bodies() -> dict[str, bytes]:
    return {event.event_id: bytes(event.payload) for event in StripeEvent.objects.all()}


@pytest.mark.django_db
def test_bodies_of_events_go_after_ninety_days_and_the_events_stay(time_machine, monkeypatch):
    time_machine.move_to(NOW)
    monkeypatch.setattr(retention, "PAGE", 2)
    for days in (91, 92, 200, 400):
        received(f"evt_{days}", days)
    received("evt_new", 89)

    assert forget(at=NOW)["bodies"] == 4
    assert {name for name, body in bodies().items() if body} == {"evt_new"}
    assert len(bodies()) == 5
    assert forget(at=NOW + 2 * DAY)["bodies"] == 1
    assert Heartbeat.objects.get(pk="retention").at == NOW + 2 * DAY
    assert SCHEDULE["forget what is over"]["task"] == tasks.forget_what_is_over.name


@pytest.mark.django_db
def test_sessions_that_are_over_and_old_attempts_to_sign_in_are_forgotten(time_machine):
    for key, expires in (("over", NOW - DAY), ("lasts", NOW + DAY)):
        Session.objects.create(session_key=key, session_data="x", expire_date=expires)
    for age in (91, 1):
        time_machine.move_to(NOW - age * DAY)
        AccessLog.objects.create(username="ann", ip_address="192.0.2.1")
        AccessAttempt.objects.create(
            username="ann", ip_address="192.0.2.1", user_agent=str(age), failures_since_start=1
        )

    assert forget(at=NOW) == {"bodies": 0, "sessions": 1, "attempts": 1, "sign-ins": 1}
    assert Session.objects.get().session_key == "lasts"
