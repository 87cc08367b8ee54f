"""Money that came in for a document, or went back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.words import word_index
from contracts.models.base import ExternalRecord, one_of
from invoicing.models.invoice import Invoice


class PaymentMethod(models.TextChoices):
    TRANSFER = "transfer"
    CASH = "cash"
    STRIPE = "stripe"
    OTHER = "other"


class Payment(ExternalRecord):
    """One payment (above zero) or refund (below zero) in minor units of the document's currency. Append-only.

    The document's `paid_cents` is the sum of its payments; a trigger keeps it so.
    """

    Method = PaymentMethod

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    amount_cents = models.BigIntegerField()
    received_on = models.DateField()
    method = models.CharField(max_length=8, choices=Method.choices, default=Method.TRANSFER)
    reference = models.CharField(max_length=200, help_text="As on the bank statement.")
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150)

    class Meta:
        ordering = ["received_on", "pk"]
        indexes = [
            models.Index(fields=["method", "id"], condition=~Q(method="transfer"), name="invoicing_payment_method"),
            models.Index(fields=["received_on", "id"], name="invoicing_payment_received"),
            word_index("reference", name="invoicing_payment_words"),
        ]
        constraints = [
            one_of("method", PaymentMethod.values, "invoicing_payment_method_known"),
            models.CheckConstraint(condition=~Q(amount_cents=0), name="invoicing_payment_not_zero"),
            models.CheckConstraint(condition=~Q(reference=""), name="invoicing_payment_has_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.amount_cents}"
