"""Long work that a person asked for, as a row: what, by whom, how far it is, how it ended."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from contracts.models.base import one_of
from invoicing.transitions import Stateful


class JobStatus(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Stateful):
    """One piece of work. Its kind names the code that does it (`invoicing.jobs`); running it again is harmless."""

    Status = JobStatus

    STATE = "status"
    OWNED = frozenset({"attempts", "seen_at", "finished_at", "done", "total", "result", "last_error"})
    MOVES: ClassVar = {
        Status.QUEUED: frozenset({Status.RUNNING, Status.FAILED}),
        Status.RUNNING: frozenset({Status.DONE, Status.FAILED, Status.QUEUED}),
        # Done without being done: a person left it at that.
        Status.FAILED: frozenset({Status.QUEUED, Status.DONE}),
    }

    key = models.CharField(
        max_length=64, unique=True, help_text="Of the form that asked for it: twice sent is once done."
    )
    kind = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.QUEUED, editable=False)
    queued_at = models.DateTimeField()
    queued_by = models.CharField(max_length=150)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    seen_at = models.DateTimeField(null=True, editable=False, help_text="Last sign of life of the worker.")
    finished_at = models.DateTimeField(null=True, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(null=True, editable=False)
    result = models.JSONField(default=dict, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [one_of("status", JobStatus.values, "invoicing_job_status_known")]
        indexes = [
            models.Index(fields=["queued_at"], condition=Q(status__in=["queued", "running"]),
                         name="invoicing_job_waiting"),
            models.Index(fields=["kind", "id"], name="invoicing_job_by_kind"),
            models.Index(fields=["status", "id"], name="invoicing_job_by_status"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
