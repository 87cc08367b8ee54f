"""What billing runs did, hour by hour: the only account of time taken and of failures that were made good later."""

from __future__ import annotations

from typing import Final

from django.db import models

# Upper bounds of the time of a run, in milliseconds; the last one stands for anything longer.
BOUNDS: Final = (100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 2_147_483_647)


class BillingStat(models.Model):
    """Tickets that runs considered in one hour, by what came of them and how long their run took. Counted upwards.

    `slot` spreads the rows of an hour over the database's connections, so that workers do not wait for each other.
    `milliseconds` sums, over the tickets, the time of the run that each was in; `amount_cents` what they were charged.
    """

    hour = models.DateTimeField(help_text="Its beginning.")
    slot = models.PositiveSmallIntegerField()
    by_hand = models.BooleanField()
    outcome = models.CharField(max_length=10, help_text="charge, covered, hold, skip or failed.")
    reason = models.CharField(max_length=40, blank=True, help_text="Of a failure: the kind of error.")
    currency = models.CharField(max_length=3, blank=True)
    within_ms = models.IntegerField(help_text="The bound that the time of the run stayed within.")
    tickets = models.PositiveIntegerField()
    milliseconds = models.BigIntegerField()
    amount_cents = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "slot", "by_hand", "outcome", "reason", "currency", "within_ms"],
                name="tickets_billingstat_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.tickets} x {self.outcome} in the hour of {self.hour}"
