"""Who did what, when and why: append-only."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from accounts.words import word_index


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
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="invoicing_audit_of_subject"),
            # The order in which the trail is read: all of it, what people did, one of them, one action.
            models.Index(fields=["at", "id"], name="invoicing_audit_newest"),
            models.Index(fields=["at", "id"], condition=~Q(by="system"), name="invoicing_audit_people"),
            models.Index(Upper("by"), "at", "id", condition=~Q(by="system"), name="invoicing_audit_person"),
            models.Index(fields=["action", "at", "id"], name="invoicing_audit_action"),
            word_index("reason", condition=~Q(reason=""), name="invoicing_audit_words"),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.by}"


class AuditSeal(models.Model):
    """The place of one entry in the chain of the trail. A trigger makes the row with its entry; it is sealed once.

    Positions count from 1 without a gap, in the order of sealing, which need not be that of the entries' keys. The
    digest covers the entry and the digest before it (`invoicing.sealing`).
    """

    entry = models.OneToOneField(AuditEntry, on_delete=models.DO_NOTHING, primary_key=True, related_name="seal")
    position = models.BigIntegerField(null=True, unique=True)
    digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    sealed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        permissions = [("verify_audit", "Can verify the audit trail")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(position__isnull=True, digest="", sealed_at__isnull=True)
                | models.Q(position__gte=1, digest__regex="^[0-9a-f]{64}$", sealed_at__isnull=False),
                name="invoicing_auditseal_whole",
            )
        ]
        indexes = [
            models.Index(
                fields=["entry"], condition=models.Q(position__isnull=True), name="invoicing_auditseal_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.digest}"


class AuditHead(models.Model):
    """The end of the chain, in a table of its own, so that what is cut off is missed. It only ever moves on."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField()
    digest = models.CharField(max_length=64, blank=True)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="invoicing_audithead_one_row")]

    def __str__(self) -> str:
        return f"{self.position}: {self.digest}"
