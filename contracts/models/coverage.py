"""What of a contract's monthly allowance was used."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from contracts.models.base import one_of
from contracts.models.contract import Contract


class AllocationKind(models.TextChoices):
    TICKET = "ticket"
    TIME_ENTRY = "time_entry"
    OPENING = "opening", "opening balance"


class Allocation(models.Model):
    """Tickets or seconds taken from a contract's allowance in the month they count in.

    The balance of a month is the sum of its live rows; nothing is ever reset. One live row per ticket and per
    time entry: covering the same work twice is refused by the database.
    """

    Kind = AllocationKind

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="allocations")
    month = models.DateField(help_text="First day of the month.")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    source_id = models.BigIntegerField()
    tickets = models.PositiveIntegerField(default=0)
    seconds = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source_id"], condition=Q(released_at__isnull=True), name="contracts_allocation_once"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="contracts_allocation_month_starts"),
            models.CheckConstraint(
                condition=Q(tickets__gt=0) | Q(seconds__gt=0), name="contracts_allocation_takes_something"
            ),
        ]
        indexes = [
            models.Index(
                fields=["contract", "month"],
                include=["tickets", "seconds"],
                condition=Q(released_at__isnull=True),
                name="contracts_allocation_live",
            ),
            models.Index(fields=["-month", "-id"], name="contracts_allocation_newest"),
            models.Index(
                fields=["-month", "-id"], condition=Q(released_at__isnull=False), name="contracts_allocation_released"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id} in {self.month:%Y-%m}"


class FairUseDecision(models.TextChoices):
    PENDING = "pending"
    BILL = "bill", "bill the excess"
    COVER = "cover", "leave it covered"


class FairUseReview(models.Model):
    """A month in which an unlimited contract was used more than expected, for a person to look at."""

    Decision = FairUseDecision

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="fair_use_reviews")
    month = models.DateField(help_text="First day of the month.")
    finding = models.CharField(max_length=300)
    flagged_at = models.DateTimeField()
    decision = models.CharField(max_length=7, choices=Decision.choices, default=Decision.PENDING)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-month", "contract"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "month"], name="contracts_fairuse_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="contracts_fairuse_month_starts"),
            one_of("decision", FairUseDecision.values, "contracts_fairuse_decision_known"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} in {self.month:%Y-%m}: {self.finding}"
