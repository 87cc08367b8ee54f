"""The kill switch of automation, as a row."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class KillSwitch(models.Model):
    """While the row is on, nothing bills by itself; billing by hand stays possible. No row: automation runs."""

    CALLED = "Automation"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    on = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=150)

    class Meta:
        verbose_name_plural = "kill switches"
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="invoicing_killswitch_one_row")]
        permissions = [("switch_automation", "Can stop and resume automation")]

    def __str__(self) -> str:
        return "automation stopped" if self.on else "automation running"
