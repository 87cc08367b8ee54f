"""Rate cards: what an hour costs by kind of work and time of day."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from contracts.models.base import ExternalRecord, not_negative, one_of
from contracts.models.contract import Contract


class RateTimeOfDay(models.TextChoices):
    STANDARD = "standard"
    AFTER_HOURS = "after_hours"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    EMERGENCY = "emergency"


class Rate(ExternalRecord):
    """One entry of a contract's rate card: a price, or a multiplier of the rate found without the card.

    Two entries for the same work type and time of day never overlap: the database refuses the second
    (an exclusion constraint in the migration).
    """

    TimeOfDay = RateTimeOfDay

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="rates")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="Last day. Empty: open.")
    work_type = models.CharField(max_length=50, blank=True, help_text="Empty: any work.")
    time_of_day = models.CharField(max_length=11, choices=TimeOfDay.choices, blank=True, help_text="Empty: any time.")
    hourly_rate = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    multiplier = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)

    class Meta:
        ordering = ["contract", "work_type", "time_of_day", "valid_from"]
        constraints = [
            one_of("time_of_day", ["", *RateTimeOfDay.values], "contracts_rate_time_of_day_known"),
            not_negative("hourly_rate", "contracts_rate_hourly_rate_not_negative"),
            not_negative("multiplier", "contracts_rate_multiplier_not_negative"),
            models.CheckConstraint(
                condition=Q(hourly_rate__isnull=True) ^ Q(multiplier__isnull=True),
                name="contracts_rate_price_or_multiplier",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="contracts_rate_in_order"
            ),
        ]

    def __str__(self) -> str:
        price = f"{self.hourly_rate}/h" if self.hourly_rate is not None else f"x {self.multiplier}"
        return f"{self.work_type or 'any work'}, {self.time_of_day or 'any time'}: {price}"

    def clean(self) -> None:
        """Refuse neither-nor and both of price and multiplier with the field named."""
        if (self.hourly_rate is None) == (self.multiplier is None):
            raise ValidationError({"hourly_rate": "give either an hourly rate or a multiplier"})
