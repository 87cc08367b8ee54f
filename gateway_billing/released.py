"""What a document gave back: its month is open again, or it goes on the partner's next invoice, is held or waived."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db import connection

from contracts.models import Management
from contracts.models.base import ExternalRecord
from gateway_billing.charge_sources.given_back import GIVEN_BACK
from gateway_billing.holding import HELD, held_kind
from gateway_billing.locks import SHORT_PATIENCE_SECONDS, lock_partners
from gateway_billing.models import (
    Call,
    FeeSchedule,
    LateUnit,
    MonthAttempt,
    MonthRun,
    OutputConfiguration,
    ServiceCase,
    ServiceChange,
    ServicePrice,
)
from invoicing.claims import NewClaim, Released, claim, release_claims
from invoicing.models import Claim
from invoicing.sources import Release, tell_owners
from rating.charge import Source
from rating.gateway import kinds

MODELS: dict[str, type[ExternalRecord]] = {
    kinds.CALL: Call,
    kinds.CASE: ServiceCase,
    kinds.SERVICE_PRICE: ServicePrice,
    kinds.SERVICE_CHANGE: ServiceChange,
    kinds.SETUP_FEE: FeeSchedule,
    kinds.FLAT_FEE: OutputConfiguration,
}
COMPANIES = "SELECT company_id FROM {table} WHERE id = ANY(%s) GROUP BY 1"
# As the triggers note usage that comes in late.
NOTE_CALLS = """
SELECT gateway_note_late('call', array_agg(id), array_agg(company_id),
    array_agg(CASE WHEN status IN ('completed', 'ended') THEN started_at END))
FROM gateway_billing_call WHERE id = ANY(%s)
"""
NOTE_CASES = """
SELECT gateway_note_late('service_case', array_agg(id), array_agg(company_id),
    array_agg(CASE WHEN output_status = 'sent' AND is_billable AND waived_at IS NULL THEN output_sent_at END))
FROM gateway_billing_servicecase WHERE id = ANY(%s)
"""
# A month of a service or a flat fee is named by the claim that was released. It belongs to the partner whose line
# billed it.
NOTE_MONTHS = """
INSERT INTO gateway_billing_lateunit (kind, source_id, partner_id, company_id, month, recorded_at)
SELECT %s, c.id, r.partner_id, l.company_id, r.period_start, clock_timestamp()
FROM invoicing_claim c JOIN invoicing_invoiceline l ON l.id = c.line_id JOIN invoicing_invoice i ON i.id = l.invoice_id
    JOIN gateway_billing_monthrun r
        ON r.partner_id = i.client_id AND r.period_start = (c.part || '-01')::date AND r.reopened_at IS NULL
WHERE c.id = ANY(%s)
"""
HOLD = "UPDATE gateway_billing_lateunit SET kind = %s WHERE kind = %s AND source_id = ANY(%s)"
HOLD_SETUP = """
INSERT INTO gateway_billing_lateunit (kind, source_id, partner_id, company_id, month, recorded_at)
SELECT %s, f.id, i.client_id, f.company_id, coalesce(i.period_start, date_trunc('month', c.claimed_at)::date),
    clock_timestamp()
FROM invoicing_claim c JOIN gateway_billing_feeschedule f ON f.id = c.source_id
    JOIN invoicing_invoiceline l ON l.id = c.line_id JOIN invoicing_invoice i ON i.id = l.invoice_id
WHERE c.id = ANY(%s) ON CONFLICT DO NOTHING
"""
WAIVE_CASES = """
UPDATE gateway_billing_servicecase SET waived_at = %s, waived_by = %s, waive_reason = %s
WHERE id = ANY(%s) AND waived_at IS NULL
"""


def lock_partners_of(units: Sequence[tuple[str, int]]) -> None:
    """Take the locks of the partners of these units: no run and no import goes on meanwhile. Raises PartnerBusy."""
    companies: set[int] = set()
    with connection.cursor() as cursor:
        for kind, keys in _by_kind(units).items():
            cursor.execute(COMPANIES.format(table=MODELS[kind]._meta.db_table), [keys])
            companies |= {company for (company,) in cursor.fetchall()}
    partners = Management.objects.filter(company__in=companies).values_list("partner_id", flat=True).distinct()
    lock_partners(partners, patience=SHORT_PATIENCE_SECONDS)


def take_back(units: Sequence[Released], release: Release) -> None:
    """Let released units wait for the next run, or hold or waive them.

    What belongs to a month that stays closed is late from now on. Changes, setup fees and single charges that nothing
    settles are found by the next run anyhow.
    """
    claims: dict[str, list[Released]] = defaultdict(list)
    for unit in units:
        claims[unit.kind].append(unit)
    for kind, released in claims.items():
        if release.then == "waive":
            _waive(kind, released, release)
        else:
            _wait(kind, released)
            if release.then == "hold":
                _hold(kind, released)


def reopen_month(invoice_id: int, release: Release) -> None:
    """What else becomes of a month whose document was cancelled or given up: what it found free goes back, too.

    The month is open again by a trigger. `hold` keeps automation from running it until a person does.
    """
    for run in MonthRun.objects.filter(invoice=invoice_id):
        # What giving back has noted of the month itself as late or held: the month waits as a whole.
        noted = LateUnit.objects.filter(partner=run.partner_id, month=run.period_start)
        if release.then != "hold":
            noted = noted.exclude(kind__startswith=HELD)
        noted.exclude(kind=held_kind(kinds.SETUP_FEE)).delete()
        free = Claim.objects.filter(
            reference=f"month-run:{run.pk}", outcome=Claim.Outcome.FREE, released_at__isnull=True
        ).values_list("pk", flat=True)
        if keys := list(free):
            tell_owners(release_claims(keys, reason=release.reason, by=release.by, at=release.at), release)
        if release.then == "hold":
            MonthAttempt.objects.update_or_create(
                partner_id=run.partner_id,
                period_start=run.period_start,
                defaults={"next_at": None, "problem": f"held by {release.by}: {release.reason}"[:500]},
            )


def _by_kind(units: Sequence[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for kind, pk in units:
        found[kind].append(pk)
    return found


def _wait(kind: str, released: Sequence[Released]) -> None:
    keys, claims = [unit.source_id for unit in released], [unit.claim for unit in released]
    with connection.cursor() as cursor:
        if kind == kinds.CALL:
            cursor.execute(NOTE_CALLS, [keys])
        elif kind == kinds.CASE:
            cursor.execute(NOTE_CASES, [keys])
        elif kind in (kinds.SERVICE_PRICE, kinds.FLAT_FEE):
            cursor.execute(NOTE_MONTHS, [GIVEN_BACK, claims])


def _hold(kind: str, released: Sequence[Released]) -> None:
    keys, claims = [unit.source_id for unit in released], [unit.claim for unit in released]
    with connection.cursor() as cursor:
        if kind == kinds.SERVICE_CHANGE:
            # It waits for approval again: there is no other hold for a change.
            ServiceChange.objects.filter(pk__in=keys).update(status="pending", approved_by="", approved_at=None)
        elif kind == kinds.SETUP_FEE:
            cursor.execute(HOLD_SETUP, [held_kind(kind), claims])
        elif kind in (kinds.CALL, kinds.CASE):
            cursor.execute(HOLD, [held_kind(kind), kind, keys])
        else:
            cursor.execute(HOLD, [held_kind(GIVEN_BACK), GIVEN_BACK, claims])


def _waive(kind: str, released: Sequence[Released], release: Release) -> None:
    """Cases are waived; what has no waiver of its own is absorbed: settled for ever, with the reason."""
    if kind == kinds.CASE:
        with connection.cursor() as cursor:
            keys = [unit.source_id for unit in released]
            cursor.execute(WAIVE_CASES, [release.at, release.by, release.reason, keys])
        return
    claim(
        (
            NewClaim(
                Source(unit.kind, unit.source_id, part=unit.part), Claim.Outcome.ABSORBED,
                reference=f"waived: {release.reason}"[:100],
            )
            for unit in released
        ),
        at=release.at,
    )  # fmt: skip
