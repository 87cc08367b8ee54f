"""Billed at most once, by construction."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from contracts.models import Allocation
from contracts.models.base import one_of
from invoicing.models.invoice import Invoice, InvoiceLine


class ClaimOutcome(models.TextChoices):
    BILLED = "billed"
    COVERED = "covered"
    FREE = "free"
    ABSORBED = "absorbed"
    ELSEWHERE = "elsewhere", "billed elsewhere"


class Claim(models.Model):
    """What became of one billable unit (a time entry, an expense, a ticket's fee, a call, ...).

    (kind, source_id, part) is unique while the claim lives, so that no unit is billed a second time whatever the code
    does. The application may insert claims and release them, never delete them.
    """

    Outcome = ClaimOutcome

    kind = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    part = models.CharField(max_length=20, blank=True, default="")
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, null=True, related_name="claims", db_index=False)
    allocation = models.ForeignKey(
        Allocation, on_delete=models.PROTECT, null=True, related_name="claims", db_index=False
    )
    reference = models.CharField(
        max_length=100, blank=True, help_text="Where it was billed, when elsewhere; which month's run found it free."
    )
    quantity = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    amount_cents = models.BigIntegerField(null=True, help_text="Where the unit has a price of its own.")
    claimed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=150, blank=True)
    release_reason = models.CharField(max_length=300, blank=True)
    released_to = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, related_name="released_claims", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source_id", "part"], condition=Q(released_at__isnull=True), name="invoicing_claim_once"
            ),
            one_of("outcome", ClaimOutcome.values, "invoicing_claim_outcome_known"),
            models.CheckConstraint(
                condition=Q(outcome="billed", line__isnull=False)
                # Later work on an unlimited plan is covered without taking anything more.
                | Q(outcome="covered", line__isnull=True)
                | Q(outcome__in=["free", "absorbed"], line__isnull=True, allocation__isnull=True)
                | (Q(outcome="elsewhere", line__isnull=True, allocation__isnull=True) & ~Q(reference="")),
                name="invoicing_claim_outcome_has_its_proof",
            ),
        ]
        indexes = [
            models.Index(fields=["line"], condition=Q(line__isnull=False), name="invoicing_claim_of_line"),
            models.Index(
                fields=["allocation"], condition=Q(allocation__isnull=False), name="invoicing_claim_allocation"
            ),
            models.Index(
                fields=["released_to"], condition=Q(released_to__isnull=False), name="invoicing_claim_released_to"
            ),
            models.Index(
                fields=["reference"],
                condition=Q(outcome="free", released_at__isnull=True) & ~Q(reference=""),
                name="invoicing_claim_free_of_month",
            ),
            # What is rare among claims, for those who look for it.
            models.Index(fields=["outcome", "id"], condition=~Q(outcome="billed"), name="invoicing_claim_unbilled"),
            models.Index(
                fields=["kind", "source_id"], condition=Q(released_at__isnull=False), name="invoicing_claim_given_back"
            ),
            models.Index(fields=["id"], condition=Q(released_at__isnull=False), name="invoicing_claim_released"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id} {self.outcome}"
