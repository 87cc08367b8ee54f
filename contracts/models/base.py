"""What every record that other systems know by their own id has in common."""

from __future__ import annotations

from django.db import models
from uuid_utils import uuid7


def new_external_id() -> str:
    """An id for a record made by hand; sorts by creation."""
    return str(uuid7())


class ExternalRecord(models.Model):
    """A record with the caller's own id, unique per type."""

    external_id = models.CharField("id", max_length=100, unique=True, default=new_external_id)

    class Meta:
        abstract = True


def one_of(field: str, values: list[str], name: str) -> models.CheckConstraint:
    """A check that `field` holds one of `values`; the database refuses what a form would have refused."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": values}), name=name)


def not_negative(field: str, name: str) -> models.CheckConstraint:
    """A check that `field` is null or not below zero."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__isnull": True}) | models.Q(**{f"{field}__gte": 0}), name=name
    )
