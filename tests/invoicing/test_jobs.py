"""Long work: asked for once, done once, watched, and gone on with after a worker has died."""

from __future__ import annotations

import pytest

from invoicing import jobs
from invoicing.jobs import JobKind, register, retry_job, run_waiting, start_job
from invoicing.models import Job
from invoicing.transitions import InvalidTransition
from tests.factories import NOW
from tests.signing_in import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def count(monkeypatch):
    """A kind of work that counts to `to`, and what it was asked for."""
    monkeypatch.setattr(jobs, "_KINDS", {})
    asked = []

    def work(parameters, by, progress):
        asked.append((parameters, by))
        progress.of(parameters["to"])
        for number in range(parameters["to"]):
            if number == parameters.get("fails_at"):
                raise ValueError("cannot count so far")
            progress.step()
        return {"said": f"counted to {parameters['to']}", "links": [{"url": "/admin/", "label": "<b>Home</b>"}]}

    register(JobKind("count", "Counting", work))
    return asked


def start(key="form-1", **parameters):
    return start_job("count", parameters, key=key, by="clara", at=NOW)


def test_a_form_sent_twice_is_one_job_and_its_page_shows_what_came_of_it(count):
    job = start(to=3)

    assert start(to=3) == job
    waiting = signed_in("viewer").get(f"/admin/invoicing/job/{job.pk}/change/").content.decode()
    assert run_waiting() == 1
    assert run_waiting() == 0

    job.refresh_from_db()
    page = signed_in("viewer").get(f"/admin/invoicing/job/{job.pk}/change/").content.decode()
    assert (job.status, job.done, job.total, count) == (Job.Status.DONE, 3, 3, [({"to": 3}, "clara")])
    assert "data-follow-seconds" in waiting
    assert "data-follow-seconds" not in page
    assert "counted to 3" in page
    assert "&lt;b&gt;Home&lt;/b&gt;" in page


def test_a_job_that_fails_says_why_and_is_tried_again_by_who_asked_for_it(count):
    job = start(to=3, fails_at=2)

    run_waiting()

    job.refresh_from_db()
    assert (job.status, job.last_error) == (Job.Status.FAILED, "cannot count so far")
    others, own = signed_in("clerk"), signed_in("clerk", username="clara")
    address = f"/admin/invoicing/job/{job.pk}/retry/"
    assert "cannot count so far" in own.get(f"/admin/invoicing/job/{job.pk}/change/").content.decode()
    assert others.post(address).status_code == 403
    assert "Try again?" in own.get(address).content.decode()
    assert own.post(address, {"confirmed": "yes", "reason": "the disk has room again"}).status_code == 302
    job.refresh_from_db()
    assert job.status == Job.Status.QUEUED
    with pytest.raises(InvalidTransition, match="is queued"):
        retry_job(job.pk)


def test_what_a_dead_worker_left_is_done_by_the_next_but_not_for_ever(count):
    left, hopeless = start("a", to=1), start("b", to=1)
    Job.objects.filter(pk=left.pk).update(status=Job.Status.RUNNING, attempts=1)
    Job.objects.filter(pk=hopeless.pk).update(status=Job.Status.RUNNING, attempts=3)

    assert run_waiting() == 2

    assert Job.objects.get(pk=left.pk).status == Job.Status.DONE
    assert Job.objects.get(pk=hopeless.pk).last_error == "its worker died 3 times"
    assert len(count) == 1


def test_work_that_nobody_knows_is_refused(count):
    with pytest.raises(LookupError, match="nobody knows how to do it"):
        start_job("it", {}, key="x", by="clara", at=NOW)
    with pytest.raises(ValueError, match="two kinds"):
        register(JobKind("count", "Other", lambda *_: {}))
