"""What is taken off a document's subtotal, and why."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.words import word_index
from contracts.models import Client
from contracts.models.base import ExternalRecord
from invoicing.models.invoice import Invoice


class Discount(ExternalRecord):
    """A percentage of the subtotal, or an amount in minor units: of a client's month, or of one draft.

    A month's discount applies once, to the first document of that month that is issued.
    """

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="discounts")
    month = models.DateField(null=True, blank=True, help_text="First day of the month.")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="discounts")
    percent = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    amount_cents = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(month__isnull=False, month__day=1, invoice__isnull=True)
                | Q(month__isnull=True, invoice__isnull=False),
                name="invoicing_discount_of_month_or_draft",
            ),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, amount_cents__isnull=True)
                | Q(percent__isnull=True, amount_cents__gt=0),
                name="invoicing_discount_percent_or_amount",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="invoicing_discount_has_reason"),
        ]
        indexes = [
            models.Index(
                fields=["client", "month"], condition=Q(month__isnull=False), name="invoicing_discount_of_month"
            ),
            word_index("reason", name="invoicing_discount_words"),
        ]

    def __str__(self) -> str:
        return self.reason


class DiscountUse(models.Model):
    """What an issued document took off for one discount, in minor units. One live use per discount.

    Released when the document is cancelled: the discount is there again for the document that replaces it.
    """

    discount = models.ForeignKey(Discount, on_delete=models.PROTECT, related_name="uses")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="discount_uses")
    amount_cents = models.BigIntegerField()
    used_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["discount"], condition=Q(released_at__isnull=True), name="invoicing_discount_used_once"
            ),
            models.CheckConstraint(condition=Q(amount_cents__gte=0), name="invoicing_discount_use_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.discount_id} on {self.invoice_id}"
