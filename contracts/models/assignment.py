"""Which contacts a contract is for."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from contracts.models.base import ExternalRecord, not_negative, one_of
from contracts.models.client import Contact
from contracts.models.contract import AgreementQuerySet, AgreementStatus, Contract


class AssignmentFrequency(models.TextChoices):
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    ANNUALLY = "annually"
    PER_TICKET = "per_ticket"


class Assignment(ExternalRecord):
    """A contact's place under a contract, with prices of its own where they differ."""

    Frequency = AssignmentFrequency

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="assignments")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="assignments")
    status = models.CharField(max_length=10, choices=AgreementStatus.choices, default=AgreementStatus.ACTIVE)
    start_on = models.DateField()
    end_on = models.DateField(null=True, blank=True)
    billing_frequency = models.CharField(max_length=10, choices=Frequency.choices, default=Frequency.PER_TICKET)
    per_ticket_rate = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    hourly_rate = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["contract", "start_on", "pk"]
        constraints = [
            one_of("status", AgreementStatus.values, "contracts_assignment_status_known"),
            one_of("billing_frequency", AssignmentFrequency.values, "contracts_assignment_frequency_known"),
            not_negative("hourly_rate", "contracts_assignment_hourly_rate_not_negative"),
            not_negative("per_ticket_rate", "contracts_assignment_fee_not_negative"),
            models.CheckConstraint(
                condition=Q(end_on__isnull=True) | Q(end_on__gte=F("start_on")), name="contracts_assignment_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact} under {self.contract.external_id}"

    def clean(self) -> None:
        """Refuse a contact of another client; the database does so too."""
        if self.contract_id and self.contact_id and self.contract.client_id != self.contact.client_id:
            raise ValidationError({"contact": "this contact belongs to another client than the contract"})
