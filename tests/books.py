"""The books, checked as `verify_billing` checks them."""

from __future__ import annotations

from office.verification.run import Checked, verify

# Tests write lines without an explanation, claims without the unit and uses of allowances without the work, where they
# are about something else.
OF_MADE_UP_ROWS = {"lines_are_explained", "claimed_unit_exists", "allocations_have_their_claim"}


def violations() -> list[str]:
    """Every promise of billing that does not hold, as check and sentence."""
    found = verify(Checked())
    return [f"{violation.check}: {violation}" for violation in found if violation.check not in OF_MADE_UP_ROWS]
