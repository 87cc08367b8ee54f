"""When each recurring job last ran."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """One recurring job, and the moment at which it last ended well."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"
