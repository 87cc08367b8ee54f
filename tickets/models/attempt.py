"""What is being billed right now, and on what basis tickets were set aside."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class BillingAttempt(models.Model):
    """Tickets that one database connection is billing. Outlives a killed worker, and so counts it.

    The row is deleted when the attempt ends, well or badly. One whose connection is gone belongs to a worker that
    died: each of its tickets gets one more lost worker (see `tickets.attempts`).
    """

    ticket_ids = ArrayField(models.BigIntegerField())
    started_at = models.DateTimeField()
    backend_pid = models.IntegerField()
    backend_started_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{len(self.ticket_ids)} tickets since {self.started_at}"


class PlanningBasis(models.Model):
    """The settings under which tickets were last set aside; when they change, those tickets are looked at again."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    fingerprint = models.CharField(max_length=64)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="tickets_planningbasis_one_row")]

    def __str__(self) -> str:
        return self.fingerprint
