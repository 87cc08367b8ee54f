"""What a client pays besides tickets: charges that recur with a contract, and single ones."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.words import word_index
from contracts.models.base import ExternalRecord, not_negative, one_of
from contracts.models.client import Client
from contracts.models.contract import Contract


class RecurringInterval(models.TextChoices):
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class RecurringTiming(models.TextChoices):
    ADVANCE = "advance"
    ARREARS = "arrears"


class RecurringCharge(ExternalRecord):
    """A charge of a contract that comes back every month, quarter or year: seats, devices, a flat fee.

    Periods begin at `valid_from`; each (charge, period) is billed once, by its claim. Both days are inclusive.
    """

    Interval = RecurringInterval
    Timing = RecurringTiming

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="recurring_charges")
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=12, decimal_places=4)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="Last day. Empty: open.")
    interval = models.CharField(max_length=9, choices=Interval.choices, default=Interval.MONTHLY)
    timing = models.CharField(max_length=7, choices=Timing.choices, default=Timing.ADVANCE)
    prorate = models.BooleanField(default=False, help_text="Charge part of a period by the day.")
    # Kept by triggers: it has ended and a claim settles each of its periods. Runs look at the others alone.
    settled = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering = ["contract", "valid_from", "pk"]
        constraints = [
            one_of("interval", RecurringInterval.values, "contracts_recurring_interval_known"),
            one_of("timing", RecurringTiming.values, "contracts_recurring_timing_known"),
            not_negative("quantity", "contracts_recurring_quantity_not_negative"),
            not_negative("unit_price", "contracts_recurring_price_not_negative"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="contracts_recurring_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "id"], condition=Q(settled=False), name="contracts_recurring_open"),
            word_index("description", name="contracts_recurring_words"),
        ]

    def __str__(self) -> str:
        return self.description


class ClientCharge(ExternalRecord):
    """A single charge to a client, billed once: on the client's draft, or on the aggregate of its partner."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="charges")
    charged_on = models.DateField()
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=12, decimal_places=4)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    tax_rate = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    goods = models.BooleanField(default=False)
    # Kept by triggers: a claim settles it. Runs look at the others alone.
    settled = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering = ["charged_on", "pk"]
        constraints = [
            not_negative("quantity", "contracts_clientcharge_quantity_not_negative"),
            not_negative("unit_price", "contracts_clientcharge_price_not_negative"),
            models.CheckConstraint(
                condition=Q(tax_rate__isnull=True) | Q(tax_rate__gte=0, tax_rate__lte=100),
                name="contracts_clientcharge_tax_rate_percent",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "id"], condition=Q(settled=False), name="contracts_clientcharge_open"),
            word_index("description", name="contracts_clientcharge_words"),
        ]

    def __str__(self) -> str:
        return self.description
