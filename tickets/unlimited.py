"""Unlimited plans and their fair use: what is covered, what is flagged, what waits for a person (T-13).

Tickets count in the month in which they were opened, by the rows of `TicketUsage`: the place of a ticket among them
decides, so that neither the order of billing nor the size of a page changes what is excess. Hours count in the month of
the work, as they are covered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from contracts.models import FairUseReview
from rating.coverage import Allocation
from rating.fair_use import PENDING, Levels, months_before
from rating.terms import FairUse
from tickets.parts import Part
from tickets.usage import Use, places

Month = tuple[int, date]


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a contract's month is flagged: all that was found of it so far."""

    contract: int
    month: date
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What fair use makes of a plan. `undecided`: why a person must decide before it is applied, "" where none must."""

    findings: tuple[Finding, ...] = ()
    undecided: str = ""


FAIR = Verdict()


class UnlimitedPlans:
    """What is known of the unlimited plans of a run."""

    def __init__(self) -> None:
        # Uses that a dry run would have recorded, page after page.
        self._unrecorded: dict[Month, list[int]] = {}
        self._opened: dict[int, date] = {}
        self._counts: dict[Month, int] = {}
        self._places: dict[tuple[int, int], int] = {}
        # Decision and finding of these months; read when one of them first matters, for most never does.
        self._reviewed: set[Month] = set()
        self._known: dict[Month, tuple[str, str]] | None = None

    def copy(self) -> UnlimitedPlans:
        """The same, to be counted apart."""
        other = UnlimitedPlans()
        other._unrecorded = {month: list(tickets) for month, tickets in self._unrecorded.items()}
        return other

    def load(self, parts: Iterable[Part], opened: Mapping[int, date], uses: Sequence[Use]) -> None:
        """Read places, counts and decisions. `opened` is each ticket's month, `uses` what is not recorded yet."""
        for use in uses:
            self._unrecorded.setdefault((use.contract, use.month), []).append(use.ticket)
        self._opened = dict(opened)
        self._reviewed, self._known = set(), None
        counted: set[Month] = set()
        for part in parts:
            contract = part.binding.contract
            if contract is None or part.terms.fair_use is None:
                continue
            self._reviewed |= {(contract.pk, entry.worked_on.replace(day=1)) for entry in part.work.time}
            if contract.unlimited_tickets:
                month = opened[part.work.ticket_id]
                self._reviewed.add((contract.pk, month))
                counted |= {(contract.pk, one) for one in (month, *months_before(month))}
        self._count(sorted(counted))

    def _count(self, months: Sequence[Month]) -> None:
        recorded = places(list(self._opened), months)
        self._counts, self._places = {}, {}
        for month in months:
            count, found = recorded.get(month, (0, {}))
            waiting = self._unrecorded.get(month, [])
            self._counts[month] = count + len(waiting)
            self._places |= {(month[0], ticket): place for ticket, place in found.items()}
            self._places |= {(month[0], ticket): place for place, ticket in enumerate(waiting, count + 1)}

    def tickets_left(self, part: Part) -> int | None:
        """How many tickets from this one on the plan still covers; None where it is not counted."""
        found = self._of_tickets(part)
        if found is None or found[1].covered is None:
            return None
        place, levels = found
        return (levels.covered or 0) - place + 1

    def seconds_left(self, part: Part, month: date, used: Mapping[date, int]) -> int | None:
        """Seconds that the plan still covers in that month; `used` are those of it and of the months before."""
        contract, limits = part.terms.contract or 0, part.terms.fair_use or FairUse()
        wanted = sum(entry.remaining for entry in part.work.time if entry.worked_on.replace(day=1) == month)
        covered = self._of_seconds(contract, limits, month, used, used.get(month, 0) + wanted).covered
        return None if covered is None else max(0, covered - used.get(month, 0))

    def judge(self, part: Part, allocations: Sequence[Allocation], used: Mapping[date, int]) -> Verdict:
        """What taking this from the part's plan means for fair use; `used` are the seconds before it, by month."""
        contract, limits = part.binding.contract, part.terms.fair_use
        if contract is None or limits is None:
            return FAIR
        own = [use for use in allocations if use.contract == contract.pk]
        found: list[tuple[date, tuple[str, ...], bool]] = []
        if (tickets := self._of_tickets(part)) is not None:
            (place, levels), month = tickets, self._opened[part.work.ticket_id]
            phrases = levels.findings(max(place, self._counts[contract.pk, month]), "tickets")
            found.append((month, phrases, any(use.tickets for use in own) and levels.wants_decision(place)))
        if contract.unlimited_hours:
            for month in sorted({use.month for use in own if use.seconds}):
                after = used.get(month, 0) + sum(use.seconds for use in own if use.month == month)
                levels = self._of_seconds(contract.pk, limits, month, used, after)
                found.append((month, levels.findings(after, "hours"), levels.wants_decision(after)))
        undecided = [
            f"{contract.external_id} in {month:%Y-%m}: {phrases[-1]}" for month, phrases, waits in found if waits
        ]
        return Verdict(tuple(self._flag(contract.pk, found)), "; ".join(undecided))

    def _flag(self, contract: int, found: Iterable[tuple[date, tuple[str, ...], bool]]) -> Iterable[Finding]:
        """What is new; a month that a person has decided on is left alone."""
        for month, phrases, _ in found:
            if not phrases:
                continue
            decision, before = self._review(contract, month)
            known = before.split("; ") if before else []
            new = [phrase for phrase in phrases if phrase not in known]
            if new and decision == PENDING:
                text = "; ".join([*known, *new])
                self._reviews()[contract, month] = (decision, text)
                yield Finding(contract, month, text)

    def _of_tickets(self, part: Part) -> tuple[int, Levels] | None:
        """The ticket's place in its month, and the levels; None for a ticket that is no use of this contract."""
        contract, limits = part.binding.contract, part.terms.fair_use
        if contract is None or limits is None or not contract.unlimited_tickets:
            return None
        place = self._places.get((contract.pk, part.work.ticket_id))
        if place is None:
            return None
        month = self._opened[part.work.ticket_id]
        before = [self._counts[contract.pk, one] for one in months_before(month)]
        levels = Levels.of(limits.soft_tickets, limits.hard_tickets, before)
        return place, self._decided(levels, contract.pk, month, place)

    def _of_seconds(self, contract: int, limits: FairUse, month: date, used: Mapping[date, int], after: int) -> Levels:
        before = [used.get(one, 0) for one in months_before(month)]
        return self._decided(Levels.of(limits.soft_seconds, limits.hard_seconds, before), contract, month, after)

    def _decided(self, levels: Levels, contract: int, month: date, used: int) -> Levels:
        """The levels with what a person decided, where so much use asks for a decision."""
        return replace(levels, decision=self._review(contract, month)[0]) if levels.wants_decision(used) else levels

    def _review(self, contract: int, month: date) -> tuple[str, str]:
        return self._reviews().get((contract, month), (PENDING, ""))

    def _reviews(self) -> dict[Month, tuple[str, str]]:
        if self._known is None:
            rows = FairUseReview.objects.filter(
                contract__in={contract for contract, _ in self._reviewed},
                month__in={month for _, month in self._reviewed},
            )
            self._known = {(row.contract_id, row.month): (row.decision, row.finding) for row in rows}
        return self._known


def joined(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict on a ticket from those on its parts."""
    whole = FAIR
    for verdict in verdicts:
        if verdict is FAIR:
            continue
        undecided = "; ".join(filter(None, (whole.undecided, verdict.undecided)))
        whole = replace(whole, findings=(*whole.findings, *verdict.findings), undecided=undecided)
    return whole
