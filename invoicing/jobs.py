"""Long work that people ask for on a page: a row first, done by a worker, watched while it goes on.

An app registers what it can do, `register(JobKind("issue drafts", issue, ...))`; a page starts it with `start_job` and
leads to the job's own page. A worker that dies leaves a job that the next one runs again, so the work must bear that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation

from accounts.language import active
from accounts.models import User
from invoicing.dispatch import send_on_commit
from invoicing.halving import database_is_away
from invoicing.locks import only_one
from invoicing.models import Job

log = structlog.get_logger("billing.jobs")

MOST_ATTEMPTS: Final = 3
# The parameter that says in which language the result is told; without it, in English.
LANGUAGE: Final = "language"
_TOLD_EVERY_SECONDS = 0.5


@dataclass
class Progress:
    """How far a job is. `told` is written outside of the work's own transactions, twice a second at most."""

    job: int
    total: int | None = None
    done: int = 0
    _told: float = field(default=0.0, repr=False)

    def of(self, total: int) -> None:
        """Say how much there is to do."""
        self.total = total
        self._write()

    def step(self, number: int = 1) -> None:
        """Say that so much more is done."""
        self.done += number
        if time.monotonic() - self._told >= _TOLD_EVERY_SECONDS:
            self._write()

    def _write(self) -> None:
        self._told = time.monotonic()
        Job.objects.filter(pk=self.job).update(done=self.done, total=self.total, seen_at=timezone.now())


# Parameters, who asked, and progress; answers what the page shows at the end: JSON with "said" and "links", or other
# keys that the kind's template knows.
Work = Callable[[Mapping[str, object], str, Progress], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class JobKind:
    """Work of one kind. `template` shows its result; `needs` says which permissions work of these parameters takes."""

    name: str
    label: str
    work: Work
    template: str = "invoicing/admin/job_result.html"
    needs: Callable[[Mapping[str, object]], Sequence[str]] = lambda _parameters: ()


_KINDS: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    """Make a kind known; done once, when an app is ready."""
    if _KINDS.setdefault(kind.name, kind) != kind:
        raise ValueError(f"two kinds of jobs are called {kind.name}")


def kind_of(job: Job) -> JobKind:
    """The kind of a job. Raises LookupError for one that this installation does not know."""
    try:
        return _KINDS[job.kind]
    except KeyError:
        raise LookupError(f"nobody knows how to do {job.kind}") from None


@transaction.atomic
def start_job(kind: str, parameters: Mapping[str, object], *, key: str, by: str, at: datetime) -> Job:
    """Have a worker do it; the same `key`, as from a form that was sent twice, answers the same job."""
    from invoicing.tasks import run_jobs

    if kind not in _KINDS:
        raise LookupError(f"nobody knows how to do {kind}")
    asked_in = {} if active() == "en" else {LANGUAGE: active()}
    given = {"kind": kind, "parameters": {**parameters, **asked_in}, "queued_by": by, "queued_at": at}
    job, _ = Job.objects.get_or_create(key=key, defaults=given)
    send_on_commit(run_jobs)
    return job


def run_waiting() -> int:
    """Do what waits, and what a dead worker left behind; answer how many were tried."""
    tried = 0
    waiting = Job.objects.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
    for pk in waiting.order_by("queued_at").values_list("pk", flat=True):
        with only_one(f"job {pk}") as alone:
            tried += alone and _run(pk)
    return tried


def _run(pk: int) -> bool:
    begun = Job.objects.filter(pk=pk, status__in=[Job.Status.QUEUED, Job.Status.RUNNING]).update(
        status=Job.Status.RUNNING, attempts=F("attempts") + 1, seen_at=timezone.now(), done=0, total=None
    )
    job = Job.objects.get(pk=pk)
    if not begun:
        return False
    if job.attempts > MOST_ATTEMPTS:
        _failed(job, f"its worker died {MOST_ATTEMPTS} times")
        return True
    progress = Progress(pk)
    try:
        with translation.override(str(job.parameters.get(LANGUAGE, "en"))):
            _ensure_allowed(job)
            result = kind_of(job).work(job.parameters, job.queued_by, progress)
    except SoftTimeLimitExceeded:
        raise  # the next worker goes on with it
    except Exception as problem:  # whatever it is: the person who asked is told
        if database_is_away(problem):
            raise
        log.exception("job failed", job=pk, kind=job.kind)
        _failed(job, str(problem) or type(problem).__name__)
        return True
    now = timezone.now()
    job.move_to(
        Job.Status.DONE, result=dict(result), done=progress.done, total=progress.total, finished_at=now, last_error=""
    )
    return True


def _ensure_allowed(job: Job) -> None:
    """Raise PermissionDenied where the person who asked may not do it any more: a job can wait for long."""
    person = User.objects.filter(username=job.queued_by).first()
    if person is not None and not (person.is_active and person.has_perms(kind_of(job).needs(job.parameters))):
        raise PermissionDenied(f"{job.queued_by} may not do this any more")


def _failed(job: Job, problem: str) -> None:
    job.move_to(Job.Status.FAILED, last_error=problem[:500], finished_at=timezone.now())


@transaction.atomic
def retry_job(pk: int) -> Job:
    """Have a failed job tried again. Raises InvalidTransition for any other."""
    from invoicing.tasks import run_jobs

    job = Job.objects.get(pk=pk)
    job.move_to(Job.Status.QUEUED, attempts=0, finished_at=None)
    send_on_commit(run_jobs)
    return job
