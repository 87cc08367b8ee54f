"""Import lines of the gateway: one of each type, complete, for a company of a partner."""

from __future__ import annotations

from typing import Any

from .lines import GONE
from .lines import line as usual

LINES: dict[str, dict[str, Any]] = {
    "fee_schedule": {"id": "f1", "company": "sub1", "per_minute_rate": "0.15"},
    "output_configuration": {"id": "o1", "company": "sub1", "output_type": "email", "billing_mode": "per_case"},
    "case_category": {"id": "g1", "company": "sub1", "name": "Incident", "output_configuration": "o1"},
    "service_price": {
        "id": "p1", "company": "sub1", "service": "Phone line", "price": "29.00", "valid_from": "2026-01-01",
    },
    "service_change": {
        "id": "h1", "company": "sub1", "service_date": "2026-01-15", "amount": "250.00", "status": "approved",
    },
    "call": {
        "id": "k1", "company": "sub1", "started_at": "2026-01-15T09:00:00+01:00", "duration_seconds": 61,
        "status": "completed",
    },
    "service_case": {
        "id": "s1", "company": "sub1", "category": "g1", "created_at": "2026-01-15T09:00:00+01:00",
        "output_status": "sent", "output_sent_at": "2026-01-15T09:05:00+01:00",
    },
}  # fmt: skip

PARTNER = usual("client", id="par", is_partner=True)
COMPANIES = [PARTNER, usual("client", id="sub1", managed_by="par"), usual("client", id="sub2", managed_by="par")]


def line(kind: str, **changes: Any) -> dict[str, Any]:
    """A complete line of this type with changes; GONE takes a key away."""
    record = {"type": kind, **LINES[kind], **changes}
    return {key: value for key, value in record.items() if value is not GONE}


EVERYTHING = [*COMPANIES, *(line(kind) for kind in LINES)]
