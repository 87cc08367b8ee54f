"""The kinds of units that the report is about. A new one is one file and one line here."""

from __future__ import annotations

from typing import Final

from office.unbilled.calls import CALLS
from office.unbilled.charges import CHARGES_OF_CLIENTS
from office.unbilled.expenses import EXPENSES
from office.unbilled.months import MONTHLY
from office.unbilled.service_cases import SERVICE_CASES
from office.unbilled.service_changes import SERVICE_CHANGES
from office.unbilled.setup_fees import SETUP_FEES
from office.unbilled.ticket_fees import TICKET_FEES
from office.unbilled.time_entries import TIME_ENTRIES
from office.unbilled.units import Units

KINDS: Final[tuple[Units, ...]] = (
    TIME_ENTRIES,
    EXPENSES,
    TICKET_FEES,
    CHARGES_OF_CLIENTS,
    CALLS,
    MONTHLY,
    SERVICE_CHANGES,
    SETUP_FEES,
    SERVICE_CASES,
)
