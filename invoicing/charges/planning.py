"""Decides what becomes of charges: reads a page of them in sets, plans their units, writes nothing (T-26)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import config
from contracts.managed import Spans, is_within, managed_spans
from contracts.models import Client, ClientCharge, RecurringCharge
from contracts.models.contract import IN_FORCE
from invoicing.charges import plan as outcomes
from invoicing.charges.plan import CHARGE, FREE, SKIP, ChargePlan
from invoicing.charges.selection import ENROLLED, Wanted
from invoicing.lifecycle.drafts import Collector
from invoicing.models import Claim
from rating import recurring, single_charge
from rating.charge import Charge
from rating.period import BillingPeriod
from rating.recurring import Recurring, due_periods, recurring_charge
from rating.single_charge import Single

DAY = timedelta(days=1)


@dataclass(slots=True)
class ChargePlanner:
    """Plans pages of charges of one run."""

    wanted: Wanted
    lock: bool = False
    _collectors: dict[int, Collector] = field(default_factory=dict)

    def recurring(self, ids: Sequence[int]) -> list[ChargePlan]:
        """The due and unclaimed periods of these recurring charges, in two queries. `lock`: their rows stay locked."""
        rows = RecurringCharge.objects.filter(pk__in=ids).select_related("contract__client").order_by("pk")
        if self.lock:
            rows = rows.select_for_update(no_key=True, of=("self",))
        charges = list(rows)
        # Read after the lock: what another run has billed meanwhile is seen.
        claimed: dict[int, set[str]] = defaultdict(set)
        claims = Claim.objects.filter(kind=recurring.KIND, source_id__in=ids, released_at__isnull=True)
        for charge, part in claims.values_list("source_id", "part"):
            claimed[charge].add(part)
        return [plan for charge in charges for plan in self._periods(charge, claimed[charge.pk])]

    def single(self, ids: Sequence[int]) -> list[ChargePlan]:
        """These single charges where they are due and unclaimed, in three queries. `lock`: their rows stay locked."""
        rows = ClientCharge.objects.filter(pk__in=ids).select_related("client").order_by("pk")
        if self.lock:
            rows = rows.select_for_update(no_key=True, of=("self",))
        charges = list(rows)
        claims = Claim.objects.filter(kind=single_charge.KIND, source_id__in=ids, released_at__isnull=True)
        claimed = set(claims.values_list("source_id", flat=True))
        managed = managed_spans(charge.client_id for charge in charges)
        return [
            self._one(charge, managed.get(charge.client_id, ()))
            for charge in charges
            if charge.pk not in claimed and self._is_due(charge)
        ]

    def _periods(self, charge: RecurringCharge, claimed: set[str]) -> Iterator[ChargePlan]:
        client, terms = charge.contract.client, _terms(charge)
        for period in due_periods(terms, on=self.wanted.horizon(client)):
            if period.label in claimed or not self.wanted.is_due_then(period.due_on):
                continue
            reason = "" if charge.contract.status in IN_FORCE else outcomes.CONTRACT_NOT_IN_FORCE
            yield self._plan(
                charge,
                client,
                recurring_charge(terms, period),
                reason=reason or self._reason_of_enrolment(client, period.due_on, recurs=True),
                period=period.label,
                due_on=period.due_on,
            )

    def _is_due(self, charge: ClientCharge) -> bool:
        is_past = charge.charged_on <= self.wanted.horizon(charge.client)
        return is_past and self.wanted.is_due_then(charge.charged_on)

    def _one(self, charge: ClientCharge, managed: Spans) -> ChargePlan:
        """On a day on which a partner managed the client, the charge is one for the partner's aggregate."""
        client = charge.client
        reason = outcomes.MANAGED_BY_PARTNER if is_within(charge.charged_on, managed) else ""
        return self._plan(
            charge,
            client,
            single_charge.single_charge(_single(charge)),
            reason=reason or self._reason_of_enrolment(client, charge.charged_on, recurs=False),
            due_on=charge.charged_on,
        )

    def _reason_of_enrolment(self, client: Client, due_on: date, *, recurs: bool) -> str:
        """What keeps automation away; a person who bills by hand passes over it."""
        if self.wanted.by_hand:
            return ""
        if recurs and not client.active:
            return outcomes.CLIENT_INACTIVE
        if (client.automation or config.billing().enrolment_default) not in ENROLLED:
            return outcomes.CLIENT_NOT_ENROLLED
        enrolled_at = client.automation_from
        if enrolled_at is not None and due_on < enrolled_at.astimezone(client.zone).date():
            return outcomes.DUE_BEFORE_ENROLMENT
        return ""

    def _plan(
        self,
        charge: RecurringCharge | ClientCharge,
        client: Client,
        line: Charge,
        *,
        reason: str,
        due_on: date,
        period: str = "",
    ) -> ChargePlan:
        outcome = SKIP if reason else CHARGE
        if not reason and not line.amount_cents:
            outcome, reason = FREE, outcomes.ZERO_AMOUNT
        return ChargePlan(
            line.kind, charge.pk, charge.external_id, client.external_id, outcome, reason, period, due_on, line,
            self._collector(client) if outcome == CHARGE else None,
        )  # fmt: skip

    def _collector(self, client: Client) -> Collector:
        """The draft of the client for the month of this run, in the client's zone (T-15)."""
        if client.pk not in self._collectors:
            month = BillingPeriod.current_month(self.wanted.at, client.zone)
            self._collectors[client.pk] = Collector(
                client.pk, month.label(), client.currency, month.first_day, month.last_day + DAY
            )
        return self._collectors[client.pk]


def _terms(charge: RecurringCharge) -> Recurring:
    contract = charge.contract
    ends = [day for day in (charge.valid_to, contract.end_on) if day is not None]
    return Recurring(
        charge.pk,
        charge.external_id,
        contract.external_id,
        charge.description,
        charge.quantity,
        charge.unit_price,
        contract.client.currency,
        charge.interval,
        charge.timing,
        charge.prorate,
        charge.valid_from,
        first_day=max(charge.valid_from, contract.start_on),
        last_day=min(ends) if ends else None,
        language=contract.client.document_language,
    )


def _single(charge: ClientCharge) -> Single:
    return Single(
        charge.pk, charge.external_id, charge.charged_on, charge.description, charge.quantity, charge.unit_price,
        charge.client.currency, charge.tax_rate, charge.goods,
    )  # fmt: skip
