"""What is left of contracts' allowances, carried from ticket to ticket and from page to page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from contracts.models import Contract
from rating.coverage import Allocation, Left
from tickets.facts import allocated


class Balances:
    """The months' balances of contracts with a limited allowance.

    A month is read once, when it is first needed, and then counted down by what plans take; so a dry run over
    many pages sees the same balances as a run that writes between them.
    """

    def __init__(self) -> None:
        self._left: dict[int, dict[date, Left]] = {}

    def copy(self) -> Balances:
        """The same balances, to be counted down apart."""
        other = Balances()
        other._left = {contract: dict(months) for contract, months in self._left.items()}
        return other

    def become(self, other: Balances) -> None:
        """Take over what `other` has counted."""
        self._left = other._left

    def load(self, contracts: Mapping[int, Contract], months: Iterable[tuple[int, date]]) -> None:
        """Read the balances of these (contract, month) that are not known yet."""
        missing = sorted({(contract, month) for contract, month in months if month not in self._left.get(contract, {})})
        taken = allocated(missing)
        for contract_id, month in missing:
            tickets, seconds = taken.get((contract_id, month), (0, 0))
            contract = contracts[contract_id]
            self._left.setdefault(contract_id, {})[month] = Left(
                None if contract.included_tickets is None else max(0, contract.included_tickets - tickets),
                None if contract.included_seconds is None else max(0, contract.included_seconds - seconds),
            )

    def of(self, contract: int | None) -> Mapping[date, Left]:
        """The balances of one contract by month."""
        return self._left.get(contract or 0, {})

    def take(self, allocations: Iterable[Allocation]) -> None:
        """Count down what a plan uses."""
        for use in allocations:
            left = self._left.get(use.contract, {}).get(use.month)
            if left is not None:
                self._left[use.contract][use.month] = Left(
                    None if left.tickets is None else left.tickets - use.tickets,
                    None if left.seconds is None else left.seconds - use.seconds,
                )
