"""Settings that administrators change while the product runs; the environment holds their defaults."""

from __future__ import annotations

from django.db import models


class StoredSetting(models.Model):
    """One setting by its name in the environment, and its value as it would be typed there."""

    CALLED = "Automation"

    name = models.CharField(max_length=80, primary_key=True)
    value = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=150)
    reason = models.CharField(max_length=300)

    class Meta:
        permissions = [("change_automation", "Can change how billing runs by itself")]

    def __str__(self) -> str:
        return f"{self.name}={self.value}"
