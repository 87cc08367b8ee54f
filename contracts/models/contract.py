"""The terms under which a client's tickets are billed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from contracts.fair_use import limits_of
from contracts.models.base import ExternalRecord, not_negative, one_of
from contracts.models.client import Client
from rating.terms import BusinessHours, FairUse, Rounding

if TYPE_CHECKING:
    from datetime import date


class AgreementStatus(models.TextChoices):
    DRAFT = "draft"
    SIGNED = "signed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


IN_FORCE = (AgreementStatus.ACTIVE, AgreementStatus.SIGNED)


class AgreementQuerySet(models.QuerySet[Any]):
    def in_force(self, on: date) -> Self:
        """Agreements that bind on that day: active or signed, both ends inclusive, no end = open."""
        return self.filter(Q(end_on__isnull=True) | Q(end_on__gte=on), status__in=IN_FORCE, start_on__lte=on)


def validate_business_hours(value: object) -> None:
    """Refuse business hours that cannot be read, naming what is wrong."""
    if value in (None, {}):
        return
    try:
        BusinessHours.parse(value)  # type: ignore[arg-type]
    except ValueError as problem:
        raise ValidationError(str(problem)) from problem


class ContractStrategy(models.TextChoices):
    TIME_BASED = "time_based"
    PER_TICKET = "per_ticket"
    MIXED = "mixed"


class ContractLevel(models.TextChoices):
    TICKET = "ticket"
    ENTRY = "entry"
    DAY = "day"


class ContractDirection(models.TextChoices):
    UP = "up"
    NEAREST = "nearest"
    DOWN = "down"
    NONE = "none"


class ContractBelowMinimum(models.TextChoices):
    RAISE = "raise"
    SKIP = "skip"


class ContractLateWork(models.TextChoices):
    SUPPLEMENT = "supplement"
    ABSORB = "absorb"


class ContractGrouping(models.TextChoices):
    PER_CLIENT = "per_client"
    PER_TICKET = "per_ticket"


class Contract(ExternalRecord):
    """What one client agreed to pay. Null means "not set": the client's or the setting's value counts; 0 is a value."""

    Strategy = ContractStrategy
    Level = ContractLevel
    Direction = ContractDirection
    BelowMinimum = ContractBelowMinimum
    LateWork = ContractLateWork
    Grouping = ContractGrouping

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="contracts")
    status = models.CharField(max_length=10, choices=AgreementStatus.choices, default=AgreementStatus.DRAFT)
    start_on = models.DateField()
    end_on = models.DateField(null=True, blank=True, help_text="Last day in force. Empty: open.")
    # No choices on the column: the registry of strategies grows without a migration.
    strategy = models.CharField(max_length=30, blank=True, help_text="Empty: derived from what there is to bill.")
    hourly_rate = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    per_ticket_rate = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    included_tickets = models.PositiveIntegerField(null=True, blank=True, help_text="Per month. Empty: no allowance.")
    unlimited_tickets = models.BooleanField(default=False)
    included_seconds = models.PositiveIntegerField(null=True, blank=True, help_text="Per month. Empty: no allowance.")
    unlimited_hours = models.BooleanField(default=False)
    rollover_months = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(120)], help_text="How long unused hours stay usable."
    )
    unlimited_rollover = models.BooleanField(default=False)
    rounding_level = models.CharField(max_length=6, choices=Level.choices, blank=True)
    rounding_increment_minutes = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(1440)]
    )
    rounding_direction = models.CharField(max_length=7, choices=Direction.choices, blank=True)
    minimum_seconds = models.PositiveIntegerField(null=True, blank=True)
    below_minimum = models.CharField(max_length=5, choices=BelowMinimum.choices, blank=True)
    business_hours = models.JSONField(null=True, blank=True, validators=[validate_business_hours])
    fair_use = models.JSONField(null=True, blank=True)
    late_work = models.CharField(max_length=10, choices=LateWork.choices, default=LateWork.SUPPLEMENT)
    grouping = models.CharField(max_length=10, choices=Grouping.choices, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["client", "start_on", "pk"]
        constraints = [
            one_of("status", AgreementStatus.values, "contracts_contract_status_known"),
            one_of("rounding_level", ["", *ContractLevel.values], "contracts_contract_level_known"),
            one_of("rounding_direction", ["", *ContractDirection.values], "contracts_contract_direction_known"),
            one_of("below_minimum", ["", *ContractBelowMinimum.values], "contracts_contract_below_minimum_known"),
            one_of("late_work", ContractLateWork.values, "contracts_contract_late_work_known"),
            one_of("grouping", ["", *ContractGrouping.values], "contracts_contract_grouping_known"),
            not_negative("hourly_rate", "contracts_contract_hourly_rate_not_negative"),
            not_negative("per_ticket_rate", "contracts_contract_fee_not_negative"),
            models.CheckConstraint(
                condition=Q(end_on__isnull=True) | Q(end_on__gte=F("start_on")), name="contracts_contract_in_order"
            ),
            models.CheckConstraint(
                condition=Q(unlimited_tickets=False) | Q(included_tickets__isnull=True),
                name="contracts_contract_tickets_counted_or_unlimited",
            ),
            models.CheckConstraint(
                condition=Q(unlimited_hours=False) | Q(included_seconds__isnull=True),
                name="contracts_contract_hours_counted_or_unlimited",
            ),
            models.CheckConstraint(
                condition=Q(rounding_increment_minutes__isnull=True) | Q(rounding_increment_minutes__gte=1),
                name="contracts_contract_increment_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} ({self.client})"

    @property
    def has_limited_allowance(self) -> bool:
        """Whether a month's balance decides what this contract covers: even unlimited plans end where use is unfair."""
        return (
            self.unlimited_tickets
            or self.unlimited_hours
            or self.included_tickets is not None
            or self.included_seconds is not None
        )

    @property
    def rolls_over(self) -> bool:
        """Whether the prepaid hours that a month leaves can be used later."""
        return self.included_seconds is not None and (self.unlimited_rollover or self.rollover_months > 0)

    def clean(self) -> None:
        """Refuse limits of fair use that cannot be read, with the field named."""
        try:
            limits_of(self.fair_use, FairUse())
        except ValueError as problem:
            raise ValidationError({"fair_use": str(problem)}) from problem

    def rounding(self, usual: Rounding) -> Rounding:
        """How this contract rounds; what it leaves open is as `usual`."""
        return Rounding(
            level=self.rounding_level or usual.level,
            increment_seconds=usual.increment_seconds
            if self.rounding_increment_minutes is None
            else self.rounding_increment_minutes * 60,
            direction=self.rounding_direction or usual.direction,
            minimum_seconds=usual.minimum_seconds if self.minimum_seconds is None else self.minimum_seconds,
            below_minimum=self.below_minimum or usual.below_minimum,
        )
