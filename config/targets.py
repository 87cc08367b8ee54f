"""What billing is held to: the figures of the first page turn red beyond these."""

# ruff: noqa: RUF009 - setting() returns dataclass fields
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.declaration import setting
from config.kinds import decimal, minutes, optional, whole

if TYPE_CHECKING:
    from decimal import Decimal

SHARE = decimal("0", "100", places=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Targets of the figures on the first page, and what savings and revenue are compared with."""

    coverage_percent: Decimal = setting(
        "BILLING_TARGET_COVERAGE", SHARE, "99", "Percent of finished tickets that are to be billed or covered."
    )  # fmt: skip
    invoice_seconds: int = setting(
        "BILLING_TARGET_INVOICE_MINUTES", minutes(1, 10_080), "5",
        "Minutes from when a ticket is due to its line on a draft, for 95 of 100 tickets.",
    )  # fmt: skip
    success_percent: Decimal = setting(
        "BILLING_TARGET_SUCCESS", SHARE, "99.5", "Percent of attempts to bill a ticket that are to end well."
    )  # fmt: skip
    failures_per_thousand: int = setting(
        "BILLING_TARGET_FAILURES", whole(0, 1000), "5", "Failed attempts among a thousand that are borne."
    )  # fmt: skip
    queue_seconds: int = setting(
        "BILLING_TARGET_QUEUE_SECONDS", whole(1, 86_400), "30", "Seconds that a due ticket may wait for a worker."
    )  # fmt: skip
    job_seconds: int = setting(
        "BILLING_TARGET_JOB_SECONDS", whole(1, 3600), "60",
        "Seconds that a billing run may take, for 95 of 100 tickets in it.",
    )  # fmt: skip
    manual_invoice_seconds: int = setting(
        "BILLING_MANUAL_INVOICE_MINUTES", minutes(0, 1440), "10",
        "Minutes that a person needs to bill one ticket; for the hours that automation saves.",
    )  # fmt: skip
    revenue_baseline: Decimal | None = setting(
        "BILLING_REVENUE_BASELINE", optional(decimal("0", "999999999", places=2)), "",
        "Revenue of 30 days in BILLING_CURRENCY before this product was used; the first page compares with it.",
    )  # fmt: skip
