"""Calls of managed companies, by the million."""

from __future__ import annotations

from gateway_billing.models import Call
from gateway_billing.models.usage import LONGEST_CALL_SECONDS
from office.importing.claimed import claim_mark, frozen, mark, marked, release_mark
from office.importing.keys import Of
from office.importing.owners import MANAGED
from office.importing.problem import Problem, quoted
from office.importing.record_type import RecordType
from rating.gateway import kinds
from rating.hours import HOUR

of = Of(Call)


def duration(value: object) -> int:
    """Whole seconds, not negative, and of a call that can have been."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Problem(f"must be a whole number of seconds, not {quoted(value)}")
    if value < 0:
        raise Problem(f"must not be negative, as {quoted(value)} is")
    if value > LONGEST_CALL_SECONDS:
        raise Problem(f"is longer than {LONGEST_CALL_SECONDS // HOUR} hours: {quoted(value)}")
    return value


CALL = RecordType(
    "call",
    Call,
    keys=(
        of.reference("company", "client", fixed=True),
        of.moment("started_at"),
        of.value("duration_seconds", duration),
        of.choice("status"),
        mark(kinds.CALL),
    ),
    checks=(
        MANAGED,
        marked(kinds.CALL),
        *frozen(
            kinds.CALL,
            tuple((key, f"i.{key}", f"t.{key}") for key in ("started_at", "duration_seconds", "status")),
        ),
    ),
    before=(release_mark(kinds.CALL, "call"),),
    after=(claim_mark(kinds.CALL, "call", "gateway_billing_call"),),
)
