"""Which partner managed which company when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from contracts.models.client import Client


class Management(models.Model):
    """A partner managed a company from one day to another, both inclusive; usage goes to the partner of its day.

    Kept by a trigger on the client's own columns (managed_by, managed_from, managed_until), which say what holds
    now; periods of one company never overlap (the database refuses).
    """

    company = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="managements")
    partner = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="managed")
    first_day = models.DateField(null=True, blank=True, help_text="Empty: from the beginning.")
    last_day = models.DateField(null=True, blank=True, help_text="Empty: open.")

    class Meta:
        ordering = ["company", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(first_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="contracts_management_in_order",
            ),
            models.CheckConstraint(condition=~Q(company=F("partner")), name="contracts_management_not_itself"),
        ]
        indexes = [models.Index(fields=["partner"], name="contracts_management_partner")]

    def __str__(self) -> str:
        return f"{self.company_id} by {self.partner_id}"
