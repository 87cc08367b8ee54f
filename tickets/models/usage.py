"""Tickets that were opened under a contract, counted as rows."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from contracts.models import Assignment, Contract
from tickets.models.ticket import Ticket


class TicketUsage(models.Model):
    """One ticket that used a contract in a month. Counts are sums of rows: nothing is ever reset."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="usage")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="ticket_usage")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, null=True, related_name="ticket_usage")
    month = models.DateField(help_text="First day of the month.")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "contract", "assignment", "month"],
                nulls_distinct=False,
                name="tickets_usage_once",
            ),
            models.CheckConstraint(condition=models.Q(month__day=1), name="tickets_usage_month_starts"),
        ]
        indexes = [
            models.Index(fields=["contract", "month"], name="tickets_usage_of_contract"),
            BrinIndex(fields=["month"], name="tickets_usage_by_month", autosummarize=True, pages_per_range=32),
        ]

    def __str__(self) -> str:
        return f"ticket {self.ticket_id} in {self.month:%Y-%m}"
