"""What Stripe told us: events as they were received, disputes, and what does not fit together."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.words import word_index
from contracts.models.base import one_of
from invoicing.models.invoice import Invoice
from invoicing.models.stripe import ID_LENGTH
from invoicing.transitions import Stateful


class StripeEventStatus(models.TextChoices):
    PENDING = "pending"  # not tried yet, or tried and to be tried again: see outcome and last_error
    PROCESSED = "processed"
    IGNORED = "ignored"  # not ours, or nothing to do for it
    PARKED = "parked"  # given up after 72 hours: a person looks at it


class StripeEvent(Stateful):
    """One event, stored before anything else is done with it; `event_id` is unique, a repetition counts a delivery.

    `payload` holds the body byte for byte, erased after the time of retention.
    """

    Status = StripeEventStatus

    STATE = "status"
    OWNED = frozenset({"processed_at", "outcome", "attempts", "next_at", "last_error", "deliveries"})
    MOVES: ClassVar = {
        Status.PENDING: frozenset({Status.PROCESSED, Status.IGNORED, Status.PARKED}),
        Status.PARKED: frozenset({Status.PENDING, Status.IGNORED}),
    }

    event_id = models.CharField(max_length=ID_LENGTH, unique=True)
    event_type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=ID_LENGTH, blank=True, help_text="What it is about.")
    payload = models.BinaryField()
    created_at = models.DateTimeField(null=True, help_text="Stripe's own time of it.")
    received_at = models.DateTimeField()
    deliveries = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    status = models.CharField(
        max_length=9, choices=Status.choices, default=Status.PENDING, db_default="pending", editable=False
    )
    outcome = models.CharField(max_length=300, blank=True, default="", db_default="", editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    next_at = models.DateTimeField(editable=False, help_text="When it is tried next.")
    processed_at = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(max_length=500, blank=True, default="", db_default="", editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="stripe_events")

    class Meta:
        ordering = ["-pk"]
        permissions = [("replay_stripeevent", "Can have events processed again")]
        constraints = [
            one_of("status", StripeEventStatus.values, "invoicing_stripe_event_status_known"),
            models.CheckConstraint(
                condition=~Q(status__in=["processed", "ignored"]) | Q(processed_at__isnull=False),
                name="invoicing_stripe_event_done_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(status="pending"), name="invoicing_stripe_event_pending"),
            models.Index(fields=["received_at"], condition=Q(status="parked"), name="invoicing_stripe_event_parked"),
            models.Index(fields=["received_at"], name="invoicing_stripe_event_by_time"),
            models.Index(fields=["event_type", "id"], name="invoicing_stripe_event_type"),
            models.Index(
                fields=["status", "id"], condition=~Q(status="processed"), name="invoicing_stripe_event_status"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"

    @property
    def is_duplicate(self) -> bool:
        """Whether it was delivered more than once; only the first delivery counts."""
        return self.deliveries > 1

    def mark_as_processed(self, outcome: str, *, invoice: int | None = None, at: datetime) -> None:
        """Say what came of it, in the transaction that did it."""
        self.move_to(self.Status.PROCESSED, outcome=outcome[:300], processed_at=at, last_error="", invoice_id=invoice)

    def mark_as_ignored(self, reason: str, *, at: datetime) -> None:
        """Say why nothing is done for it."""
        self.move_to(self.Status.IGNORED, outcome=reason[:300], processed_at=at, last_error="")


class Dispute(models.Model):
    """A payment that a customer's bank asks back. Amounts in minor units."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="disputes")
    stripe_id = models.CharField(max_length=ID_LENGTH, unique=True)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=40, help_text="Stripe's own word.")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.stripe_id


class Anomaly(models.Model):
    """What does not fit together and needs a person. `key` is unique: the same finding is written down once."""

    key = models.CharField(max_length=300, unique=True)
    kind = models.CharField(max_length=40)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="anomalies")
    event = models.ForeignKey(StripeEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="anomalies")
    text = models.CharField(max_length=500)
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_by = models.CharField(max_length=150, blank=True, default="", editable=False)
    closing_reason = models.CharField(max_length=300, blank=True, default="", editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "anomalies"
        permissions = [("close_anomaly", "Can close anomalies")]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | ~Q(closing_reason=""), name="invoicing_anomaly_closed_with_reason"
            )
        ]
        indexes = [
            models.Index(fields=["found_at"], condition=Q(closed_at__isnull=True), name="invoicing_anomaly_open"),
            word_index("kind", "text", name="invoicing_anomaly_words"),
        ]

    def __str__(self) -> str:
        return self.text
