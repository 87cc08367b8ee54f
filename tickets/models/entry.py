"""Time and material spent on tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from accounts.words import word_index
from contracts.models.base import ExternalRecord, not_negative, one_of
from invoicing.transitions import Stateful
from rating.hours import shown
from tickets.models.ticket import Ticket

if TYPE_CHECKING:
    from datetime import datetime

DAY_SECONDS = 24 * 3600


class TimeEntryStatus(models.TextChoices):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


class TimeEntry(Stateful, ExternalRecord):
    """Time one technician spent on a ticket, in whole seconds without pauses."""

    Status = TimeEntryStatus

    STATE = "status"
    OWNED = frozenset({"decided_by", "decided_at", "decision_reason"})
    # What somebody approves of an entry: who changes it has entered it, and an approval ends with it.
    FACTS = frozenset({
        "ticket", "technician", "worked_on", "seconds_worked", "started_at", "ended_at", "paused_seconds", "billable",
        "hourly_rate", "work_type", "emergency",
    })  # fmt: skip
    MOVES: ClassVar = {
        Status.DRAFT: frozenset({Status.SUBMITTED}),
        Status.SUBMITTED: frozenset({Status.APPROVED, Status.REJECTED, Status.DRAFT}),
        Status.APPROVED: frozenset({Status.REJECTED}),
        Status.REJECTED: frozenset({Status.APPROVED, Status.SUBMITTED}),
    }

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="time_entries")
    technician = models.CharField(max_length=100)
    worked_on = models.DateField()
    seconds_worked = models.PositiveIntegerField(null=True, blank=True, help_text="Empty while the timer runs.")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    paused_seconds = models.PositiveIntegerField(default=0)
    billable = models.BooleanField(default=True)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.SUBMITTED)
    hourly_rate = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    work_type = models.CharField(max_length=50, blank=True)
    emergency = models.BooleanField(default=False)
    description = models.TextField(blank=True)
    billed_elsewhere = models.CharField(max_length=100, blank=True)
    decided_by = models.CharField(max_length=150, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    decision_reason = models.CharField(max_length=300, blank=True, editable=False)
    entered_by = models.CharField(
        max_length=150, blank=True, editable=False,
        help_text="Who entered what is billed of it, or last changed that; empty where nobody knows.",
    )  # fmt: skip

    class Meta:
        ordering = ["worked_on", "started_at", "pk"]
        verbose_name_plural = "time entries"
        permissions = [("approve_timeentry", "Can approve and reject time entries")]
        indexes = [
            models.Index(fields=["-worked_on", "-id"], name="tickets_entry_newest"),
            models.Index(
                fields=["status", "-worked_on", "-id"],
                condition=~Q(status="approved"),
                name="tickets_entry_by_status",
            ),
            models.Index(fields=["technician", "-worked_on", "-id"], name="tickets_entry_by_technician"),
            models.Index(fields=["-worked_on", "-id"], condition=Q(billable=False), name="tickets_entry_not_billable"),
            word_index("technician", "description", name="tickets_entry_words"),
        ]
        constraints = [
            one_of("status", TimeEntryStatus.values, "tickets_entry_status_known"),
            not_negative("hourly_rate", "tickets_entry_hourly_rate_not_negative"),
            models.CheckConstraint(
                condition=Q(seconds_worked__isnull=True) | Q(seconds_worked__lte=DAY_SECONDS),
                name="tickets_entry_within_a_day",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(started_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="tickets_entry_in_order",
            ),
            models.CheckConstraint(
                condition=Q(seconds_worked__isnull=False) | Q(started_at__isnull=False, ended_at__isnull=True),
                name="tickets_entry_ended_has_seconds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.technician}, {self.worked_on}: {self._length()}"

    def _length(self) -> str:
        if self.seconds_worked is None:
            return "running"
        quantity, unit, _ = shown(self.seconds_worked)
        return f"{quantity} {unit}"

    def clean(self) -> None:
        """Work the seconds out from a finished timer; refuse what cannot be, with the field named."""
        if self.seconds_worked is None and self.started_at and self.ended_at:
            worked = int((self.ended_at - self.started_at).total_seconds()) - self.paused_seconds
            if worked < 0:
                raise ValidationError({"paused_seconds": "the pauses are longer than the work"})
            self.seconds_worked = worked
        if self.seconds_worked is None and not self.started_at:
            raise ValidationError({"seconds_worked": "say how long it took, or when it started"})
        if self.seconds_worked is not None and self.seconds_worked > DAY_SECONDS:
            raise ValidationError({"seconds_worked": "one entry holds at most 24 hours"})

    def approve(self, *, by: str, at: datetime) -> None:
        """Let it be billed."""
        self.move_to(self.Status.APPROVED, decided_by=by, decided_at=at, decision_reason="")

    def reject(self, *, by: str, at: datetime, reason: str) -> None:
        """Keep it from being billed, with the reason."""
        self.move_to(self.Status.REJECTED, decided_by=by, decided_at=at, decision_reason=reason)


class Expense(ExternalRecord):
    """Material or an outlay on a ticket: quantity x unit price."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="expenses")
    incurred_on = models.DateField()
    description = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=12, decimal_places=4)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    tax_rate = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    goods = models.BooleanField(default=False)
    billed_elsewhere = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["incurred_on", "pk"]
        indexes = [
            models.Index(fields=["-incurred_on", "-id"], name="tickets_expense_newest"),
            models.Index(fields=["-incurred_on", "-id"], condition=Q(goods=True), name="tickets_expense_goods"),
            word_index("description", name="tickets_expense_words"),
        ]
        constraints = [
            not_negative("quantity", "tickets_expense_quantity_not_negative"),
            not_negative("unit_price", "tickets_expense_price_not_negative"),
            models.CheckConstraint(
                condition=Q(tax_rate__isnull=True) | Q(tax_rate__gte=0, tax_rate__lte=100),
                name="tickets_expense_tax_rate_percent",
            ),
        ]

    def __str__(self) -> str:
        return self.description
