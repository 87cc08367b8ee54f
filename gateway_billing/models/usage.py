"""What companies used: calls and service cases, by the million."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from contracts.models import Client
from contracts.models.base import ExternalRecord, one_of
from gateway_billing.models.output import CaseCategory
from gateway_billing.querysets import CallQuerySet, ServiceCaseQuerySet

LONGEST_CALL_SECONDS = 99 * 3600


class CallStatus(models.TextChoices):
    ONGOING = "ongoing"
    COMPLETED = "completed"
    ENDED = "ended"
    FAILED = "failed"


class Call(ExternalRecord):
    """A call of a company. It is billed where it is completed or ended, by its live claim."""

    Status = CallStatus

    company = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="calls", db_index=False)
    started_at = models.DateTimeField()
    duration_seconds = models.PositiveIntegerField()
    status = models.CharField(max_length=9, choices=Status.choices)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            one_of("status", CallStatus.values, "gateway_call_status_known"),
            models.CheckConstraint(
                condition=Q(duration_seconds__lte=LONGEST_CALL_SECONDS), name="gateway_call_shorter_than_100_hours"
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "started_at"],
                include=["id", "duration_seconds", "status"],
                name="gateway_call_period",
            )
        ]

    def __str__(self) -> str:
        return f"call {self.external_id}"


class OutputStatus(models.TextChoices):
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class ServiceCase(ExternalRecord):
    """A case of a company whose output was, or is to be, sent.

    It is unbilled, billed (it has a live claim) or waived (`waived_at` is set); claim and waiver refuse each other by
    triggers, so there is no state column that could disagree.
    """

    OutputStatus = OutputStatus

    company = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="service_cases", db_index=False)
    category = models.ForeignKey(
        CaseCategory, on_delete=models.PROTECT, null=True, blank=True, related_name="service_cases"
    )
    created_at = models.DateTimeField()
    output_status = models.CharField(max_length=7, choices=OutputStatus.choices, default=OutputStatus.PENDING)
    output_sent_at = models.DateTimeField(null=True, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    is_billable = models.BooleanField(default=True)
    metadata = models.JSONField(default=dict, blank=True, help_text="Of other systems; billing never writes it.")
    waived_at = models.DateTimeField(null=True, blank=True, editable=False)
    waived_by = models.CharField(max_length=150, blank=True, editable=False)
    waive_reason = models.CharField(max_length=300, blank=True, editable=False)

    objects = ServiceCaseQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        permissions = [("waive_servicecase", "Can waive service cases")]
        constraints = [
            one_of("output_status", OutputStatus.values, "gateway_case_output_status_known"),
            models.CheckConstraint(
                condition=Q(output_status="sent", output_sent_at__isnull=False)
                | (~Q(output_status="sent") & Q(output_sent_at__isnull=True)),
                name="gateway_case_sent_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(output_sent_at__isnull=True) | Q(output_sent_at__gte=F("created_at")),
                name="gateway_case_sent_after_creation",
            ),
            models.CheckConstraint(
                condition=Q(waived_at__isnull=True, waived_by="", waive_reason="")
                | (Q(waived_at__isnull=False) & ~Q(waived_by="") & ~Q(waive_reason="")),
                name="gateway_case_waived_by_somebody_with_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "output_sent_at"],
                include=["id", "category", "is_billable", "waived_at"],
                condition=Q(output_sent_at__isnull=False),
                name="gateway_case_sent",
            ),
            models.Index(
                fields=["company", "created_at"],
                include=["id", "output_status"],
                condition=Q(output_sent_at__isnull=True),
                name="gateway_case_not_sent",
            ),
            # A waived case cannot be claimed: every claim is held against these few.
            models.Index(fields=["id"], condition=Q(waived_at__isnull=False), name="gateway_case_waived"),
            models.Index(fields=["company", "created_at"], name="gateway_case_created"),
        ]

    def __str__(self) -> str:
        return f"case {self.external_id}"
