"""What the clock starts: each task does its work, says that it lives, and leaves the rest to the next one."""

from __future__ import annotations

import zlib

import pytest

from invoicing import audit, jobs, tasks
from invoicing.jobs import JobKind, register, start_job
from invoicing.models import AuditHead, Heartbeat, Job, StripeEvent
from office import tasks as office_tasks
from tests.factories import NOW, configure

pytestmark = pytest.mark.django_db


def lives(name: str) -> bool:
    return Heartbeat.objects.filter(pk=name).exists()


def event(number: int) -> StripeEvent:
    """One of which nothing comes."""
    return StripeEvent.objects.create(
        event_id=f"evt_{number}", event_type="moon.full", payload=b"{}", received_at=NOW, next_at=NOW
    )


def test_the_trail_is_sealed_and_numbers_and_retention_are_seen_to():
    audit.record("house.opened", None, by="anna", at=NOW)

    tasks.seal_audit(from_a_newer_version=True)
    office_tasks.note_numbers()
    office_tasks.forget_what_is_over()

    assert AuditHead.objects.get().position >= 1
    assert lives("audit seals")


def test_a_job_is_done_by_the_task(monkeypatch):
    monkeypatch.setattr(jobs, "_KINDS", {})
    register(JobKind("nothing", "Nothing", lambda *_: {"said": "done"}))
    job = start_job("nothing", {}, key="k", by="anna", at=NOW)

    tasks.run_jobs()

    assert Job.objects.get(pk=job.pk).status == Job.Status.DONE
    assert lives("jobs")


def test_a_run_that_takes_long_asks_for_the_next_one(sent, monkeypatch):
    events = [event(1), event(2)]
    monkeypatch.setattr(tasks, "RUN_SECONDS", -1.0)

    tasks.process_stripe_events()
    tasks.process_stripe_events()

    assert {StripeEvent.objects.get(pk=one.pk).status for one in events} == {"ignored"}
    assert sent == ["invoicing.tasks.process_stripe_events"] * 2
    assert lives("stripe events")


@pytest.mark.parametrize(
    ("task", "lock", "heartbeat"),
    [
        (tasks.push_to_stripe, "stripe", "stripe calls"),
        (tasks.send_mail, "mail", "mail"),
        (tasks.render_documents, "render documents", "documents"),
    ],
)
def test_while_one_worker_is_at_it_another_leaves_it_alone(task, lock, heartbeat, owner):
    key = zlib.crc32(lock.encode())
    owner.execute("SELECT pg_advisory_lock(%s)", [key])

    task()
    while_held = lives(heartbeat)
    owner.execute("SELECT pg_advisory_unlock(%s)", [key])
    task()

    assert (while_held, lives(heartbeat)) == (False, True)


def test_while_billing_is_off_nothing_leaves_the_house_and_the_tasks_say_so(settings, caplog):
    configure(settings, ticket_billing_enabled=False)

    for task in (tasks.push_to_stripe, tasks.send_mail, tasks.remind):
        task()

    assert caplog.text.count("billing_disabled") == 3
    assert lives("stripe calls")


def test_without_a_key_nothing_is_compared_with_stripe():
    tasks.reconcile_stripe()

    assert not lives("stripe reconciliation")
