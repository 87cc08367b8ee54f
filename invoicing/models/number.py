"""Counters of document numbers."""

from __future__ import annotations

from django.db import models


class NumberSeries(models.Model):
    """The last number given in one series ("INV-2026-"). Updated in the transaction that issues, so none is lost."""

    name = models.CharField(max_length=60, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "number series"

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"
