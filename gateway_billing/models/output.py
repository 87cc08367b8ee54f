"""How a company's cases are put out, and what that costs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.words import word_index
from contracts.models import Client
from contracts.models.base import ExternalRecord, one_of


class OutputType(models.TextChoices):
    EMAIL = "email"
    WEBHOOK = "webhook"
    HYBRID = "hybrid"


class BillingMode(models.TextChoices):
    PER_CASE = "per_case", "per case"
    MONTHLY_FLAT = "monthly_flat", "monthly flat"
    NONE = "none"


class OutputConfiguration(ExternalRecord):
    """An output of a company with its prices in minor units; null means the default, 0 means free."""

    OutputType = OutputType
    BillingMode = BillingMode

    company = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="output_configurations")
    output_type = models.CharField(max_length=7, choices=OutputType.choices)
    billing_mode = models.CharField(max_length=12, choices=BillingMode.choices, default=BillingMode.NONE)
    active = models.BooleanField(default=True)
    base_price_cents = models.PositiveBigIntegerField(null=True, blank=True)
    email_price_cents = models.PositiveBigIntegerField(null=True, blank=True)
    webhook_price_cents = models.PositiveBigIntegerField(null=True, blank=True)
    monthly_flat_price_cents = models.PositiveBigIntegerField(null=True, blank=True)
    default = models.BooleanField(default=False, help_text="For cases whose category names no configuration.")

    class Meta:
        ordering = ["company", "pk"]
        constraints = [
            one_of("output_type", OutputType.values, "gateway_output_type_known"),
            one_of("billing_mode", BillingMode.values, "gateway_output_mode_known"),
            models.UniqueConstraint(fields=["company"], condition=Q(default=True), name="gateway_output_one_default"),
            # So that a category can be held to a configuration of its own company (a composite key in the guards).
            models.UniqueConstraint(fields=["id", "company"], name="gateway_output_of_company"),
        ]

    def __str__(self) -> str:
        return f"{self.output_type} {self.external_id}"


class CaseCategory(ExternalRecord):
    """A kind of case of a company, and the configuration by which it is put out."""

    company = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="case_categories")
    name = models.CharField(max_length=200)
    output_configuration = models.ForeignKey(
        OutputConfiguration, on_delete=models.PROTECT, null=True, blank=True, related_name="categories"
    )

    class Meta:
        ordering = ["company", "name", "pk"]
        verbose_name_plural = "case categories"
        indexes = [word_index("name", name="gateway_category_words")]
        constraints = [
            models.UniqueConstraint(fields=["id", "company"], name="gateway_category_of_company"),
        ]

    def __str__(self) -> str:
        return self.name
