"""A partner's month: that it was run, what came of it, and what came in too late for it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from contracts.models import Client
from contracts.models.base import one_of
from invoicing.models import Invoice


class AggregateInvoice(Invoice):
    """The invoice to a partner for a month; its lines each name a managed company."""

    class Meta:
        proxy = True


class MonthOutcome(models.TextChoices):
    INVOICE = "invoice"
    NOTHING = "nothing"


class MonthRun(models.Model):
    """A month of a partner that was closed at `closed_at` (the database's clock). One live row per partner and month.

    Void or discard of its document reopens the month; the row stays with `reopened_at`.
    """

    Outcome = MonthOutcome

    partner = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="month_runs")
    period_start = models.DateField()
    period_end = models.DateField(help_text="First day after the month.")
    timezone = models.CharField(max_length=60, help_text="The partner's, in which its days begin.")
    closed_at = models.DateTimeField()
    closed_by = models.CharField(max_length=150)
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="month_runs")
    reopened_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-period_start", "partner"]
        permissions = [("run_month", "Can run a partner's month")]
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "period_start"],
                condition=Q(reopened_at__isnull=True),
                name="gateway_monthrun_one_live",
            ),
            one_of("outcome", MonthOutcome.values, "gateway_monthrun_outcome_known"),
            models.CheckConstraint(
                condition=Q(outcome="invoice", invoice__isnull=False) | Q(outcome="nothing", invoice__isnull=True),
                name="gateway_monthrun_outcome_has_its_proof",
            ),
            models.CheckConstraint(
                condition=Q(period_start__day=1, period_end__gt=F("period_start")), name="gateway_monthrun_is_a_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.period_start:%Y-%m}"


class LateUnit(models.Model):
    """A call or case that came in, or became billable, after its month was closed for its partner.

    Written by triggers as the unit is written; the next run of the partner bills it and takes the row away.
    """

    kind = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    partner = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="late_units")
    company = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.DateField(help_text="First day of the closed month that it belongs to.")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "source_id"], name="gateway_late_once")]
        indexes = [models.Index(fields=["partner", "kind"], name="gateway_late_of_partner")]

    def __str__(self) -> str:
        return f"late {self.kind} {self.source_id}"


class MonthAttempt(models.Model):
    """A partner's month whose run failed, with its reason and when it is tried next; gone when it succeeds."""

    partner = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="month_attempts")
    period_start = models.DateField()
    failures = models.PositiveSmallIntegerField(default=0)
    lost_workers = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    next_at = models.DateTimeField(null=True, blank=True, help_text="Empty: parked until a person tries again.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "period_start"], name="gateway_attempt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.partner_id} {self.period_start:%Y-%m}: {self.problem}"
