"""Sentences about calls and cases: which are billed, waived, or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import OuterRef, Subquery

from invoicing.models import Claim
from rating.gateway.kinds import CALL, CASE

if TYPE_CHECKING:
    from gateway_billing.models import Call, ServiceCase  # noqa: F401


def _live_claim(kind: str) -> Subquery:
    """One probe of the unique index per row, whatever the statistics say."""
    found = Claim.objects.filter(kind=kind, source_id=OuterRef("pk"), part="", released_at__isnull=True)
    return Subquery(found.values("pk")[:1])


class CallQuerySet(models.QuerySet["Call"]):
    """Calls ..."""

    def billed(self) -> Self:
        """... that a live claim settles."""
        return self.alias(claim=_live_claim(CALL)).filter(claim__isnull=False)

    def unbilled(self) -> Self:
        """... that nothing settles yet."""
        return self.alias(claim=_live_claim(CALL)).filter(claim__isnull=True)


class ServiceCaseQuerySet(models.QuerySet["ServiceCase"]):
    """Service cases ..."""

    def billed(self) -> Self:
        """... that a live claim settles."""
        return self.alias(claim=_live_claim(CASE)).filter(claim__isnull=False)

    def waived(self) -> Self:
        """... that a person waived."""
        return self.filter(waived_at__isnull=False)

    def unbilled(self) -> Self:
        """... that are neither billed nor waived."""
        return self.alias(claim=_live_claim(CASE)).filter(claim__isnull=True, waived_at__isnull=True)
