"""From a number to the rows behind it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse


def list_of(model: type[Model], **filters: str) -> str:
    """The list of these rows with its filters set; "" where the admin has none."""
    if not admin.site.is_registered(model):
        return ""
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{page}?{urlencode(filters)}" if filters else page


def month_page(label: str) -> str:
    """All partners' figures of a month, such as "2026-01"."""
    return reverse("gateway-month", args=[label])
