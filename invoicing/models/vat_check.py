"""What the EU's register answered about a VAT id."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from accounts.words import word_index
from contracts.models.base import one_of


class VatCheckOutcome(models.TextChoices):
    VALID = "valid"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable", "not verified: the service did not answer"


class VatCheck(models.Model):
    """One question to VIES and its answer; the newest one of a VAT id counts. Append-only."""

    Outcome = VatCheckOutcome

    vat_id = models.CharField("VAT id", max_length=30)
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=11, choices=Outcome.choices)
    consultation_number = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=500, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [one_of("outcome", VatCheckOutcome.values, "invoicing_vatcheck_outcome_known")]
        indexes = [
            models.Index(fields=["vat_id", "-asked_at"], name="invoicing_vatcheck_newest"),
            models.Index(
                fields=["outcome", "id"], condition=~models.Q(outcome="valid"), name="invoicing_vatcheck_outcome"
            ),
            BrinIndex(fields=["asked_at"], autosummarize=True, pages_per_range=32, name="invoicing_vatcheck_by_time"),
            word_index("vat_id", "name", "consultation_number", name="invoicing_vatcheck_words"),
        ]

    def __str__(self) -> str:
        return f"{self.vat_id}: {self.outcome}"
