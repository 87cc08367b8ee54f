"""Mail that is to leave the house: a row first, then the message."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from accounts.words import word_index
from contracts.models import Client
from contracts.models.base import one_of
from invoicing.models.invoice import Invoice
from invoicing.transitions import Stateful


class MailPurpose(models.TextChoices):
    DOCUMENT = "document"
    REMINDER = "reminder"
    PAYMENT_FAILED = "payment_failed", "payment failed"
    ALERT = "alert"


class MailStatus(models.TextChoices):
    QUEUED = "queued"
    SENT = "sent"
    PARKED = "parked"
    CANCELLED = "cancelled"


class Mail(Stateful):
    """One message of the outbox. `key` is unique: what was queued for one reason is queued once.

    Text is composed when it is queued; the document's files are attached as they are stored when it is sent.
    """

    Purpose = MailPurpose
    Status = MailStatus

    STATE = "status"
    OWNED = frozenset({"attempts", "next_at", "sent_at", "last_error", "sent_to"})
    MOVES: ClassVar = {
        Status.QUEUED: frozenset({Status.SENT, Status.PARKED, Status.CANCELLED}),
        Status.PARKED: frozenset({Status.QUEUED, Status.CANCELLED}),
    }

    key = models.CharField(max_length=120, unique=True)
    purpose = models.CharField(max_length=14, choices=Purpose.choices)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="mails")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="mails")
    to = models.JSONField(default=list, help_text="Addresses.")
    cc = models.JSONField(default=list, help_text="Addresses.")
    subject = models.CharField(max_length=300)
    body = models.TextField()
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.QUEUED, editable=False)
    queued_at = models.DateTimeField()
    queued_by = models.CharField(max_length=150)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    next_at = models.DateTimeField(editable=False, help_text="When it is tried next.")
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_to = models.JSONField(default=list, editable=False, help_text="Where it really went, when redirected.")
    last_error = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            one_of("purpose", MailPurpose.values, "invoicing_mail_purpose_known"),
            one_of("status", MailStatus.values, "invoicing_mail_status_known"),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(status="queued"), name="invoicing_mail_queued"),
            models.Index(fields=["queued_at"], condition=Q(status="parked"), name="invoicing_mail_parked"),
            models.Index(fields=["status", "id"], condition=~Q(status="sent"), name="invoicing_mail_by_status"),
            models.Index(fields=["purpose", "id"], name="invoicing_mail_by_purpose"),
            BrinIndex(fields=["queued_at"], autosummarize=True, pages_per_range=32, name="invoicing_mail_by_time"),
            word_index("subject", name="invoicing_mail_words"),
        ]

    def __str__(self) -> str:
        return self.subject
