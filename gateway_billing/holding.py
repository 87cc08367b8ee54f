"""Usage that a person holds: noted beside what is late, and billed by no run until somebody lets it go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count

from contracts.models import Client
from gateway_billing.locks import lock_partners
from gateway_billing.models import LateUnit
from invoicing import audit
from invoicing.reasons import stated
from rating.gateway.kinds import CALL, CASE

HELD = "held:"

# What was written again meanwhile is late by itself already.
DROP = """
DELETE FROM gateway_billing_lateunit h WHERE h.partner_id = %s AND h.kind LIKE 'held:%%' AND (
    h.kind = 'held:setup_fee' OR EXISTS (SELECT FROM gateway_billing_lateunit l
        WHERE l.kind = replace(h.kind, 'held:', '') AND l.source_id = h.source_id))
"""
LET_GO = """
UPDATE gateway_billing_lateunit SET kind = replace(kind, 'held:', '') WHERE partner_id = %s AND kind LIKE 'held:%%'
"""


# Of a month of a service or a flat fee, the claim that was released is noted: it tells kind, key and month.
BY_CLAIM = """
SELECT coalesce(c.kind, replace(l.kind, 'held:', '')), coalesce(c.source_id, l.source_id), coalesce(c.part, '')
FROM gateway_billing_lateunit l LEFT JOIN invoicing_claim c ON l.kind = 'held:claim' AND c.id = l.source_id
WHERE l.partner_id = %s AND l.kind LIKE 'held:%%' AND l.kind NOT IN ('held:call', 'held:service_case')
"""


@dataclass(frozen=True, slots=True)
class Held:
    """What of a partner is held: the kinds of masses of which some is, and all other units as (kind, key, part)."""

    masses: frozenset[str] = frozenset()
    units: frozenset[tuple[str, int, str]] = frozenset()


def held_of(partner: int) -> Held:
    """What of the partner no run may bill, in two queries."""
    kinds = LateUnit.objects.filter(partner=partner, kind__in=[held_kind(CALL), held_kind(CASE)])
    masses = frozenset(
        kind.removeprefix(HELD) for kind in kinds.values_list("kind", flat=True).distinct().order_by("kind")
    )
    with connection.cursor() as cursor:
        cursor.execute(BY_CLAIM, [partner])
        return Held(masses, frozenset(cursor.fetchall()))


def held_kind(kind: str) -> str:
    """How a held unit of that kind is noted among the late ones."""
    return HELD + kind


def held_units(partner: int) -> Mapping[str, int]:
    """How many units of the partner are held, by kind."""
    held = LateUnit.objects.filter(partner=partner, kind__startswith=HELD).values_list("kind")
    return {kind.removeprefix(HELD): units for kind, units in held.annotate(units=Count("pk")).order_by("kind")}


@transaction.atomic
def release_held(partner: int, *, reason: str, by: str, at: datetime) -> Mapping[str, int]:
    """Let the partner's next invoice bill what is held; answer how many units that are, by kind.

    Raises ValueError without a reason, and PartnerBusy.
    """
    given = stated(reason)
    lock_partners([partner])
    released = held_units(partner)
    with connection.cursor() as cursor:
        cursor.execute(DROP, [partner])
        cursor.execute(LET_GO, [partner])
    if released:
        audit.record(
            "usage.released", Client.objects.get(pk=partner), by=by, at=at, reason=given, data={"units": dict(released)}
        )
    return released
