"""What automation would have billed, and what was billed by hand: for the comparison before going live."""

from __future__ import annotations

from django.db import models

from accounts.words import word_index
from contracts.models import Contract
from contracts.models.base import ExternalRecord, not_negative
from tickets.models.ticket import Ticket


class ShadowBill(models.Model):
    """The plan of a ticket whose client is in shadow: stored, never charged. One per ticket, the latest."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="shadow_bill")
    planned_at = models.DateTimeField()
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=40, blank=True)
    strategy = models.CharField(max_length=30, blank=True)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3, blank=True)
    lines = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["outcome", "id"], name="tickets_shadowbill_by_outcome"),
            models.Index(fields=["planned_at"], name="tickets_shadowbill_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.outcome} {self.amount_cents}"


class ShadowUse(models.Model):
    """What a shadow bill would take from a contract's allowance: later shadow plans see the balance that it leaves."""

    bill = models.ForeignKey(ShadowBill, on_delete=models.CASCADE, related_name="uses")
    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+", db_index=False)
    month = models.DateField()
    tickets = models.PositiveIntegerField(default=0)
    seconds = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["contract", "month"], name="tickets_shadowuse_of_contract")]

    def __str__(self) -> str:
        return f"{self.contract_id} in {self.month:%Y-%m}"


class ManualBill(ExternalRecord):
    """What a person billed for a ticket outside this product, in minor units of the client's currency."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="manual_bills")
    amount_cents = models.BigIntegerField()
    reference = models.CharField(max_length=100)

    class Meta:
        constraints = [not_negative("amount_cents", "tickets_manualbill_not_negative")]
        indexes = [word_index("reference", name="tickets_manualbill_words")]

    def __str__(self) -> str:
        return f"{self.reference}: {self.amount_cents}"
