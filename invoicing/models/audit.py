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


class AuditSeal(models.Model):
    """One entry in the chain of the trail: the digest covers the entry and the digest before. Append-only.

    Positions count from 1 without a gap, in the order of sealing, which need not be that of the entries' keys.
    """

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="seal")
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ["position"]
        permissions = [("verify_audit", "Can verify the audit trail")]

    def __str__(self) -> str:
        return f"{self.position}: {self.digest}"
