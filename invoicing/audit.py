"""The audit trail: who did what, when and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import Model, Q

from invoicing.bulk import copy_rows
from invoicing.models import AuditEntry

BY_ITSELF: Final = "system"


@dataclass(frozen=True, slots=True)
class Action:
    """One business action on one subject."""

    name: str
    subject_kind: str
    subject_id: int | None
    reason: str = ""
    data: Mapping[str, object] = field(default_factory=dict)


def record(
    name: str,
    subject: Model | None,
    *,
    by: str,
    at: datetime,
    reason: str = "",
    data: Mapping[str, object] | None = None,
) -> None:
    """Write one entry, in the transaction of the action itself."""
    AuditEntry.objects.create(
        at=at,
        by=by,
        action=name,
        subject_kind=str(subject._meta.model_name) if subject is not None else "installation",
        subject_id=subject.pk if subject is not None else None,
        reason=reason,
        data=dict(data or {}),
    )


def record_all(actions: Iterable[Action], *, by: str, at: datetime) -> None:
    """Write many entries in one COPY."""
    copy_rows(
        AuditEntry,
        ("at", "by", "action", "subject_kind", "subject_id", "reason", "data"),
        (
            (at, by, action.name, action.subject_kind, action.subject_id, action.reason, json.dumps(action.data))
            for action in actions
        ),
    )


def done_by(person: str) -> Q:
    """The entries of a person, by a name in letters large or small; billing itself stands in no index of people."""
    return Q(by=BY_ITSELF) if person.lower() == BY_ITSELF else Q(by__iexact=person) & ~Q(by=BY_ITSELF)
