"""What a managed company pays for its calls, and for being set up."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from contracts.models import Client
from contracts.models.base import ExternalRecord, not_negative


class FeeSchedule(ExternalRecord):
    """What a company pays for calls, and its setup fee. Rates are per minute; null is "not set", 0 is a price."""

    company = models.OneToOneField(Client, on_delete=models.PROTECT, related_name="fee_schedule")
    # Seconds of the first step and of each next one: 1/1 is by the second, 60/60 by the minute.
    first_seconds = models.PositiveIntegerField(default=1)
    next_seconds = models.PositiveIntegerField(default=1)
    per_minute_rate = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    tenant_per_minute_rate = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    plan_per_minute_rate = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    buy_per_minute_rate = models.DecimalField(
        max_digits=12, decimal_places=6, null=True, blank=True, help_text="What a minute costs us, for the margin."
    )
    included_minutes = models.PositiveIntegerField(null=True, blank=True)
    unlimited_minutes = models.BooleanField(default=False)
    usage_discount_percent = models.DecimalField(max_digits=6, decimal_places=3, default=0)
    setup_fee = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    # Where a former system has billed the setup fee; then it is never billed here.
    setup_fee_billed_elsewhere = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(first_seconds__gte=1, next_seconds__gte=1), name="gateway_fees_steps_positive"
            ),
            models.CheckConstraint(
                condition=Q(usage_discount_percent__gte=0, usage_discount_percent__lte=100),
                name="gateway_fees_discount_percent",
            ),
            models.CheckConstraint(
                condition=Q(unlimited_minutes=False) | Q(included_minutes__isnull=True),
                name="gateway_fees_unlimited_or_number",
            ),
            *(
                not_negative(field, f"gateway_fees_{name}_not_negative")
                for field, name in (
                    ("per_minute_rate", "rate"),
                    ("tenant_per_minute_rate", "tenant"),
                    ("plan_per_minute_rate", "plan"),
                    ("buy_per_minute_rate", "buy"),
                    ("setup_fee", "setup"),
                )
            ),
        ]

    def __str__(self) -> str:
        return f"fees {self.external_id}"
