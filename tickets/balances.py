"""What is left of contracts' allowances, carried from ticket to ticket and from page to page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from contracts.models import Contract
from rating.coverage import Allocation, Left, months_needed
from rating.fair_use import months_before
from rating.rollover import HourAccount
from tickets.parts import Part
from tickets.taken import Span, allocated, shadowed
from tickets.unlimited import UnlimitedPlans, Verdict, joined


class Balances:
    """What was used of contracts with an allowance, by month.

    A month is read once, when it is first needed, and then counted up by what plans take; so a dry run over many pages
    sees the same balances as a run that writes between them. What is left is computed when it is asked for: of hours
    that roll over, work in one month takes from another.
    """

    def __init__(self) -> None:
        self._tickets: dict[int, dict[date, int]] = defaultdict(dict)
        self._seconds: dict[int, dict[date, int]] = defaultdict(dict)
        self._read: set[Span] = set()
        self.unlimited = UnlimitedPlans()

    def copy(self) -> Balances:
        """The same balances, to be counted apart."""
        other = Balances()
        other._tickets |= {contract: dict(months) for contract, months in self._tickets.items()}
        other._seconds |= {contract: dict(months) for contract, months in self._seconds.items()}
        other._read |= self._read
        other.unlimited = self.unlimited.copy()
        return other

    def become(self, other: Balances) -> None:
        """Take over what `other` has counted."""
        self._tickets, self._seconds = other._tickets, other._seconds
        self._read, self.unlimited = other._read, other.unlimited

    def leave_out(self, uses: Iterable[tuple[int, date, int, int]]) -> None:
        """Count as left what these took: contract, month, tickets and seconds of rows that are stored."""
        for contract, month, tickets, seconds in uses:
            self._add(contract, month, -tickets, -seconds)

    def load(self, parts: Sequence[Part], *, in_shadow: Sequence[Part] = ()) -> None:
        """Read what these parts need and is not known yet; of parts `in_shadow` also what shadow plans would take."""
        spans = sorted({span for part in parts for span in _spans(part)} - self._read)
        shadows = {span for part in in_shadow for span in _spans(part)}
        tickets = [part.work.ticket_id for part in in_shadow]
        for rows in (allocated(spans), shadowed([span for span in spans if span in shadows], but=tickets)):
            for contract, month, count, seconds in rows:
                self._add(contract, month, count, seconds)
        self._read.update(spans)

    def of(self, part: Part) -> Mapping[date, Left]:
        """What is left for this part of a ticket, by month."""
        contract = part.binding.contract
        if contract is None or not contract.has_limited_allowance:
            return {}
        return {
            month: Left(self._tickets_left(part, contract, month), self._seconds_left(part, contract, month))
            for month in months_needed(part.work)
        }

    def _tickets_left(self, part: Part, contract: Contract, month: date) -> int | None:
        if contract.included_tickets is None:
            return self.unlimited.tickets_left(part)
        return max(0, contract.included_tickets - self._tickets[contract.pk].get(month, 0))

    def _seconds_left(self, part: Part, contract: Contract, month: date) -> int | None:
        used = self._seconds[contract.pk]
        if contract.unlimited_hours:
            return self.unlimited.seconds_left(part, month, used)
        if contract.included_seconds is None or contract.rolls_over:
            return None
        return max(0, contract.included_seconds - used.get(month, 0))

    def hours(self, part: Part) -> HourAccount | None:
        """The account of a contract whose prepaid hours roll over; None for the others."""
        contract = part.binding.contract
        return None if contract is None else account(contract, self._seconds[contract.pk])

    def judge(self, parts: Iterable[Part], allocations: Sequence[Allocation]) -> Verdict:
        """What taking this means for fair use of unlimited plans."""
        return joined(
            self.unlimited.judge(part, allocations, self._seconds.get(part.terms.contract or 0, {})) for part in parts
        )

    def take(self, allocations: Iterable[Allocation]) -> None:
        """Count what a plan uses."""
        for use in allocations:
            self._add(use.contract, use.month, use.tickets, use.seconds)

    def _add(self, contract: int, month: date, tickets: int, seconds: int) -> None:
        self._tickets[contract][month] = self._tickets[contract].get(month, 0) + tickets
        self._seconds[contract][month] = self._seconds[contract].get(month, 0) + seconds


def account(contract: Contract, used: Mapping[date, int]) -> HourAccount | None:
    """The prepaid hours of a contract that roll over, with the seconds used by month; None where none do."""
    if contract.included_seconds is None or not contract.rolls_over:
        return None
    months = None if contract.unlimited_rollover else contract.rollover_months
    return HourAccount(contract.included_seconds, contract.start_on, contract.end_on, months, used)


def _spans(part: Part) -> Iterator[Span]:
    """The months that decide what is left; where hours roll over, any month can."""
    contract = part.binding.contract
    if contract is None or not contract.has_limited_allowance:
        return
    if contract.rolls_over:
        yield contract.pk, date.min, date.max
        return
    for month in months_needed(part.work):
        yield contract.pk, month, month
        if contract.unlimited_hours:
            yield from ((contract.pk, before, before) for before in months_before(month))
