"""What Stripe knows of us: customers, documents, and each call that is to be made, as rows."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from contracts.models import Client
from contracts.models.base import one_of
from invoicing.models.invoice import Invoice
from invoicing.transitions import Stateful

ID_LENGTH = 255  # as Stripe promises for its ids


class StripeCustomer(models.Model):
    """One client as a customer of Stripe. `sent_hash` tells whether its address or VAT id changed since."""

    client = models.OneToOneField(Client, on_delete=models.PROTECT, related_name="stripe_customer")
    stripe_id = models.CharField(max_length=ID_LENGTH, unique=True)
    sent_hash = models.CharField(max_length=64)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.stripe_id


class StripeInvoice(models.Model):
    """One document at Stripe, as it was when we last heard of it. Amounts in minor units of the document's currency."""

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="stripe")
    stripe_id = models.CharField(max_length=ID_LENGTH, unique=True)
    status = models.CharField(max_length=20, help_text="Stripe's own word: draft, open, paid, void, uncollectible.")
    total_cents = models.BigIntegerField(null=True)
    amount_paid_cents = models.BigIntegerField(null=True)
    hosted_url = models.TextField(blank=True, help_text="The page on which it is paid.")
    last_failure = models.CharField(max_length=300, blank=True, help_text="Why the last payment failed.")
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.stripe_id


class StripeCallStatus(models.TextChoices):
    QUEUED = "queued"
    DONE = "done"
    PARKED = "parked"
    CANCELLED = "cancelled"


class StripeCall(Stateful):
    """One step of the outbox to Stripe. `key` is ours, unique, and what Stripe recognises a repetition by.

    Steps of one document are made in the order of their keys in this table, each after the one before is done.
    """

    Status = StripeCallStatus

    STATE = "status"
    OWNED = frozenset({
        "attempts", "first_tried_at", "next_at", "stripe_id", "request_hash", "last_error", "done_at",
    })  # fmt: skip
    MOVES: ClassVar = {
        Status.QUEUED: frozenset({Status.DONE, Status.PARKED, Status.CANCELLED}),
        Status.PARKED: frozenset({Status.QUEUED, Status.DONE, Status.CANCELLED}),
    }

    key = models.CharField(max_length=120, unique=True)
    purpose = models.CharField(max_length=20)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="stripe_calls")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="stripe_calls")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.QUEUED, editable=False)
    request_hash = models.CharField(max_length=64, blank=True, editable=False, help_text="Of the parameters sent.")
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    queued_at = models.DateTimeField()
    queued_by = models.CharField(max_length=150)
    first_tried_at = models.DateTimeField(null=True, editable=False, help_text="Stripe keeps its key for 24 hours.")
    next_at = models.DateTimeField(editable=False, help_text="When it is tried next.")
    done_at = models.DateTimeField(null=True, editable=False)
    stripe_id = models.CharField(max_length=ID_LENGTH, blank=True, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            one_of("status", StripeCallStatus.values, "invoicing_stripe_call_status_known"),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(done_at__isnull=False), name="invoicing_stripe_call_done_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(status="queued"), name="invoicing_stripe_call_queued"),
            models.Index(fields=["client"], condition=Q(status__in=["queued", "parked"]),
                         name="invoicing_stripe_call_waiting"),
            models.Index(fields=["stripe_id"], condition=~Q(stripe_id=""), name="invoicing_stripe_call_id"),
            models.Index(fields=["status", "id"], condition=~Q(status="done"), name="invoicing_stripe_call_status"),
            models.Index(fields=["purpose", "id"], name="invoicing_stripe_call_step"),
            BrinIndex(fields=["queued_at"], autosummarize=True, pages_per_range=32,
                      name="invoicing_stripe_call_time"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.key
