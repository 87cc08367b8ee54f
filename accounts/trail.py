"""Where what is done to people is written down. The audit trail lives further up and says so when it is there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from django.db.models import Model


class Recorder(Protocol):
    """Writes one entry in the transaction of the action itself."""

    def __call__(
        self,
        name: str,
        subject: Model | None,
        *,
        by: str,
        at: datetime,
        reason: str = "",
        data: Mapping[str, object] | None = None,
    ) -> None: ...


_kept_by: list[Recorder] = []


def keep(recorder: Recorder) -> None:
    """Write everything from now on with this one; called once, while the product starts."""
    _kept_by[:] = [recorder]


def record(
    name: str, subject: Model, *, by: str, at: datetime, reason: str = "", data: Mapping[str, object] | None = None
) -> None:
    """Write one entry. Raises LookupError where nobody keeps the trail: what cannot be recorded is not done."""
    if not _kept_by:
        raise LookupError("no audit trail is kept")
    _kept_by[0](name, subject, by=by, at=at, reason=reason, data=data)
