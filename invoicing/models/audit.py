"""Who did what, when and why: append-only."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One business action. The application may insert and read entries; nobody may change or delete them."""

    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    action = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="invoicing_audit_of_subject")]

    def __str__(self) -> str:
        return f"{self.action} by {self.by}"
