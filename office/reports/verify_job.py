"""Verifying the audit trail as long work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_noop

from invoicing.audit_check import violations
from invoicing.jobs import JobKind, Progress
from invoicing.models import AuditHead

VERIFY: Final = "verify audit"
MOST_SHOWN: Final = 200


def verify(_asked: Mapping[str, object], _by: str, progress: Progress) -> Mapping[str, object]:
    """Check every entry against its seal. The result: how many findings, the first of them, and the chain's end."""
    told: list[str] = []
    number = 0
    for sentence in violations(at=timezone.now()):
        number += 1
        progress.step()
        if len(told) < MOST_SHOWN:
            told.append(sentence)
    head = AuditHead.objects.filter(pk=1).first()
    return {
        "number": number, "sentences": told, "position": head.position if head else 0,
        "digest": head.digest if head else "",
    }  # fmt: skip


KIND: Final = JobKind(VERIFY, gettext_noop("Verify the audit trail"), verify, "office/reports/verify_result.html")
