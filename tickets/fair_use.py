"""Fair use of unlimited plans: months that are flagged, and what a person decides about them (T-13)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import structlog
from django.db import connection, transaction

from contracts.models import Contract, FairUseReview
from invoicing import audit
from invoicing.reasons import stated
from invoicing.transitions import InvalidTransition
from rating.fair_use import DECISIONS
from tickets.models import Ticket
from tickets.plan import FAIR_USE_REVIEW
from tickets.querysets import TicketQuerySet
from tickets.taken import lock_contracts
from tickets.unlimited import Finding

log = structlog.get_logger("billing.tickets")

LONGEST = 300
FLAG = """
INSERT INTO contracts_fairusereview (contract_id, month, finding, flagged_at, decision, decided_by)
SELECT u.contract, u.month, u.finding, %s, 'pending', ''
FROM unnest(%s::bigint[], %s::date[], %s::text[]) u(contract, month, finding)
ON CONFLICT (contract_id, month) DO UPDATE SET finding = EXCLUDED.finding
WHERE contracts_fairusereview.decision = 'pending'
"""


def flag(findings: Iterable[Finding], *, at: datetime) -> None:
    """Ask for a review of these months, once for each; what is found later is added while nobody has decided."""
    latest = {(one.contract, one.month): one.text[:LONGEST] for one in findings}
    if not latest:
        return
    contracts, months = (list(column) for column in zip(*latest, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(FLAG, [at, contracts, months, list(latest.values())])
    for (contract, month), text in latest.items():
        log.warning("fair use", contract_id=contract, month=f"{month:%Y-%m}", finding=text)


@transaction.atomic
def decide_fair_use(review_id: int, decision: str, *, reason: str, by: str, at: datetime) -> FairUseReview:
    """Decide what becomes of a month's use beyond three times the usual: "bill" the excess, or "cover" it.

    The tickets that waited for it are looked at again. Raises InvalidTransition where somebody has decided before,
    ValueError for another decision or without a reason.
    """
    if decision not in DECISIONS:
        raise ValueError(f"the decision is one of {', '.join(DECISIONS)}, not {decision!r}")
    why = stated(reason)
    contract = FairUseReview.objects.select_related("contract").get(pk=review_id).contract
    waiting = waiting_for_review(contract)
    # The lock order of billing. A run that read the review before has then committed what it held for it.
    list(waiting.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    lock_contracts([contract.pk])
    review = undecided(review_id)
    FairUseReview.objects.filter(pk=review_id).update(decision=decision, decided_by=by, decided_at=at)
    review.refresh_from_db()
    back = waiting.update(
        billing_status=Ticket.Billing.UNBILLED, billing_reason="", billing_detail="", billing_attempts=0, lost_workers=0
    )
    data = {"decision": decision, "finding": review.finding, "month": f"{review.month:%Y-%m}", "tickets": back}
    audit.record("fair_use.decided", review, by=by, at=at, reason=why, data=data)
    return review


def undecided(review_id: int) -> FairUseReview:
    """The review, while nobody has decided. Raises InvalidTransition once somebody has."""
    review = FairUseReview.objects.get(pk=review_id)
    if review.decision != FairUseReview.Decision.PENDING:
        raise InvalidTransition(f"{review.decided_by} has decided already: {review.get_decision_display()}")
    return review


def waiting_for_review(contract: Contract) -> TicketQuerySet:
    """The tickets of the contract's client that wait for somebody's decision about their use."""
    return Ticket.objects.filter(
        client=contract.client_id, billing_status=Ticket.Billing.HELD, billing_reason=FAIR_USE_REVIEW
    )
