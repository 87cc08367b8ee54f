"""What Stripe delivers is stored before anything else; what anybody else delivers is not (D-05, I-13)."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from celery import Celery
from django.db import OperationalError, connection
from django.test import Client as Browser
from django.utils import timezone

from invoicing.dispatch import send_on_commit
from invoicing.models import Anomaly, StripeEvent
from invoicing.stripe.receiving import HINT_SECONDS
from tests.faults.points import Trap, at_every_moment, statements
from tests.invoicing.stripe.telling import ADDRESS, EVENT, SECRETS, event_body, post, set_up, signed
from tests.stripe_simulator.webhooks import signature

pytestmark = pytest.mark.django_db
BODY = event_body()


@pytest.fixture(autouse=True)
def stripe_is_set_up(settings: Any) -> None:
    set_up(settings)


def test_D_05_only_what_is_signed_with_one_of_the_secrets_and_lately_is_stored(settings: Any) -> None:
    now = int(time.time())
    right = signature(BODY, SECRETS[:1])
    refused = {
        "missing": "", "empty parts": ",,,", "no time": right.partition(",")[2], "no signature": f"t={now}",
        "another secret": signature(BODY, ["whsec_other"]), "another body": signature(BODY + b" ", SECRETS),
        "old": signature(BODY, SECRETS, now - 320), "future": signature(BODY, SECRETS, now + 320),
        "another scheme": signature(BODY, SECRETS, scheme="v0"), "no text": f"t={now},v1=é", "no number": "t=x,v1=y",
        "a number of thousands of digits": f"t={'9' * 5000},v1=y",
    }  # fmt: skip
    assert {name: post(BODY, header).status_code for name, header in refused.items()} == dict.fromkeys(refused, 400)
    assert not StripeEvent.objects.exists()

    taken = [(SECRETS[:1], None), (SECRETS[1:], None), (SECRETS, None), (SECRETS, now - 280), (SECRETS, now + 280)]
    assert [signed(BODY, secrets=secrets, at=at).status_code for secrets, at in taken] == [200] * 5
    assert StripeEvent.objects.get().deliveries == 5
    set_up(settings, stripe_webhook_secrets=())
    assert post(BODY, right).status_code == 400


def test_D_05_signed_nonsense_is_refused_with_a_reason_and_never_a_fault_of_ours() -> None:
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    nonsense = {
        "nothing": b"", "no JSON": b"{", "a list": b"[]", "a scalar": b"7", "null": b"null", "no text": b"\xff\xfe\xfa",
        "no id": b'{"type":"invoice.paid"}', "a number as id": event_body(id=7), "an empty id": event_body(id=""),
        "a long id": event_body(id="e" * 256), "NUL": event_body(id="evt_\x00"), "a list as id": event_body(id=[]),
        "a surrogate": event_body(id="evt_\ud800"), "NaN": event_body(created=float("nan")), "deep": deep,
        "a long type": event_body(type="x" * 101), "no type": b'{"id":"evt_1"}', "a huge number": b"1" * 5000,
        "a NUL in the type": event_body(type="a\x00b"),
    }  # fmt: skip
    answers = {name: signed(body) for name, body in nonsense.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(nonsense, 400)
    assert all(answer.content.strip() for answer in answers.values())
    assert not StripeEvent.objects.exists()


def test_D_05_what_is_odd_and_has_an_id_is_kept_as_it_came() -> None:
    megabyte = event_body(id="evt_large", data={"object": {"id": "in_1", "text": "x" * ((1 << 20) - 350)}})
    odd = {
        "evt_large": megabyte, "evt_type": event_body(id="evt_type", type="moon.landed"),
        "evt_data": event_body(id="evt_data", data=[1]), "evt_time": event_body(id="evt_time", created=10**30),
        "evt_object": event_body(id="evt_object", data={"object": {"id": "x\x00"}}),
        "evt_text": event_body(id="evt_text", created="\x00\ud800"),
    }  # fmt: skip
    assert len(megabyte) > (1 << 20) - 400
    assert {signed(body).status_code for body in odd.values()} == {200}
    kept = {event.event_id: bytes(event.payload) for event in StripeEvent.objects.all()}
    assert kept == odd
    assert StripeEvent.objects.get(event_id="evt_type").outcome == "nothing is done for events of this type"


def test_D_05_events_of_others_end_as_ignored_with_the_reason(settings: Any) -> None:
    signed(event_body(id="evt_other", account="acct_other"))
    signed(event_body(id="evt_live", livemode=True))
    signed(event_body(id="evt_neither", livemode=None))
    signed(event_body(id="evt_ours"))
    told = dict(StripeEvent.objects.values_list("event_id", "outcome"))
    assert told == {
        "evt_other": "it is of another account", "evt_live": "it is of live mode", "evt_neither": "it is of live mode",
        "evt_ours": "",
    }  # fmt: skip
    assert set(StripeEvent.objects.exclude(outcome="").values_list("status", flat=True)) == {"ignored"}


def test_D_05_a_repetition_is_counted_and_one_that_says_something_else_is_shown() -> None:
    with statements() as first:
        assert signed(BODY).content == b"received\n"
    assert [statement.split()[0] for statement in first] == ["INSERT"]
    again = json.dumps({**EVENT, "pending_webhooks": 3}).encode()
    assert [signed(body).content for body in (BODY, again)] == [b"received before\n"] * 2
    event = StripeEvent.objects.get()
    assert (event.deliveries, event.is_duplicate, bytes(event.payload)) == (3, True, BODY)
    assert not Anomaly.objects.exists()

    other = event_body(data={"object": {"id": "in_2"}})
    assert [signed(other).status_code for _ in range(2)] == [200, 200]
    assert Anomaly.objects.get().text == "Event evt_1 was delivered again with another body. What came first counts."
    assert StripeEvent.objects.get().object_id == "in_1"


def test_I_13_a_body_that_is_too_large_or_not_signed_is_not_read_any_further() -> None:
    large = b"x" * ((1 << 20) + 1)
    with statements() as sent:
        assert signed(large).status_code == 413
        assert post(b"{" * (1 << 20), "").status_code == 400
        assert post(b"{" * (1 << 20), "t=1,v1=00").status_code == 400
        assert Browser().get(ADDRESS).status_code == 405
    assert sent == []


def test_D_05_without_its_database_it_asks_to_be_told_again() -> None:
    def fail() -> None:
        raise OperationalError("the line broke")

    trap = Trap(fail, at=1)
    with at_every_moment(trap.reach):
        assert signed(BODY).status_code == 503
        assert signed(BODY).status_code == 200
    assert connection.is_usable()
    assert StripeEvent.objects.get().deliveries == 1


def test_I_13_a_burst_of_events_costs_one_message_which_waits_until_all_of_them_are_stored(
    django_capture_on_commit_callbacks: Any,
) -> None:
    app = Celery(broker="memory://", set_as_current=False)

    @app.task
    def task() -> None:
        """Process what was received."""

    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(3):
            send_on_commit(task, gather_seconds=HINT_SECONDS)
    with app.connection_for_read() as broker:
        channel: Any = broker.default_channel
        messages = [channel.basic_get("celery") for _ in range(2)]
    assert messages[0].headers["eta"] > f"{timezone.now():%Y-%m-%dT%H:%M}"
    assert messages[1] is None


@pytest.mark.full
def test_I_13_a_thousand_events_with_a_tenth_of_them_twice_are_all_taken_and_kept_once() -> None:
    bodies = [event_body(id=f"evt_{n}") for n in range(1000)]
    assert {signed(body).status_code for body in bodies + bodies[::10]} == {200}
    assert StripeEvent.objects.count() == 1000
    assert StripeEvent.objects.filter(deliveries=2).count() == 100
