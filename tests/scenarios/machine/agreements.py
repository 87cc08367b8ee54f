"""What is agreed with clients, and how it changes: prices, rate cards, terms, enrolment."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, transaction
from hypothesis import strategies as st
from hypothesis.stateful import rule

from contracts.models import Client, Contract, Rate
from invoicing.models import Claim
from tests.factories import ClientChargeFactory, RateFactory
from tests.scenarios.machine.choices import CONTRACTS
from tests.scenarios.machine.world import World, refused
from tickets.enrolment import enrol_client

WHICH = st.sampled_from(CONTRACTS)
WHO = st.sampled_from(["acme", "bolt"])
CHANGES: dict[str, dict[str, Any]] = {
    "no rate": {"hourly_rate": None},
    "free": {"hourly_rate": Decimal(0)},
    "cheaper": {"hourly_rate": Decimal("33.33")},
    "suspended": {"status": "suspended"},
    "active": {"status": "active"},
}
CLIENT_CHANGES: dict[str, dict[str, Any]] = {
    "no rate": {"hourly_rate": None},
    "cheaper": {"hourly_rate": Decimal("45.50")},
    "approves time": {"require_entry_approval": True},
    "trusts": {"require_entry_approval": None},
}


class Agreements(World):
    """Contracts, rates and clients."""

    @rule(contract=WHICH, to=st.sampled_from(sorted(CHANGES)))
    def change_contract(self, contract: str, to: str) -> None:
        self.later()
        _save(Contract, self.contracts[contract].pk, **CHANGES[to])

    @rule(contract=WHICH, days=st.sampled_from([0, 20, None]))
    def end_contract(self, contract: str, days: int | None) -> None:
        """Today, soon, or no longer; refused only where it would move what was charged in advance."""
        today = self.later().date()
        charges = self.contracts[contract].recurring_charges.values_list("pk", flat=True)
        try:
            with transaction.atomic():
                _save(
                    Contract, self.contracts[contract].pk,
                    end_on=None if days is None else today + timedelta(days=days),
                )  # fmt: skip
        except DatabaseError:
            charged = Claim.objects.filter(kind="recurring", source_id__in=charges, released_at__isnull=True)
            assert charged.exists()

    @rule(
        contract=WHICH, work_type=st.sampled_from(["", "onsite"]),
        time_of_day=st.sampled_from(["", "after_hours", "weekend"]), doubles=st.booleans(),
    )  # fmt: skip
    def add_rate_card(self, contract: str, work_type: str, time_of_day: str, doubles: bool) -> None:
        """A second price for the same work at the same time of day is refused."""
        self.later()
        price = {"multiplier": Decimal(2)} if doubles else {"hourly_rate": Decimal(111)}
        same = Rate.objects.filter(contract=self.contracts[contract], work_type=work_type, time_of_day=time_of_day)
        with refused(same.exists(), DatabaseError):
            RateFactory.create(contract=self.contracts[contract], work_type=work_type, time_of_day=time_of_day, **price)

    @rule(client=WHO, to=st.sampled_from(sorted(CLIENT_CHANGES)))
    def change_client(self, client: str, to: str) -> None:
        self.later()
        _save(Client, self.clients[client].pk, **CLIENT_CHANGES[to])

    @rule(client=WHO, automation=st.sampled_from(["draft", "auto", "draft", "auto", "shadow", "off", ""]))
    def enrol(self, client: str, automation: str) -> None:
        key, at = self.clients[client].pk, self.later()
        assert enrol_client(key, automation, reason="as agreed", by="petra", at=at).automation == automation

    @rule(client=WHO, price=st.sampled_from([Decimal("10.00"), Decimal(0)]))
    def charge_once(self, client: str, price: Decimal) -> None:
        day = self.later().date()
        ClientChargeFactory.create(client=self.clients[client], charged_on=day, unit_price=price)


def _save(model: type[Client] | type[Contract], key: int, **changes: Any) -> None:
    stored = model._default_manager.get(pk=key)
    for name, value in changes.items():
        setattr(stored, name, value)
    stored.save()
