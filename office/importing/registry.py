"""The types of import lines, in the order in which they are written: what is referred to comes first.

A new type is one file in `types` and one line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .types.allocation import ALLOCATION
from .types.assignment import ASSIGNMENT
from .types.call import CALL
from .types.case_category import CASE_CATEGORY
from .types.charge import CHARGE
from .types.client import CLIENT
from .types.contact import CONTACT
from .types.contract import CONTRACT
from .types.discount import DISCOUNT
from .types.expense import EXPENSE
from .types.fee_schedule import FEE_SCHEDULE
from .types.manual_bill import MANUAL_BILL
from .types.output_configuration import OUTPUT_CONFIGURATION
from .types.rate import RATE
from .types.recurring_charge import RECURRING_CHARGE
from .types.service_case import SERVICE_CASE
from .types.service_change import SERVICE_CHANGE
from .types.service_price import SERVICE_PRICE
from .types.ticket import TICKET
from .types.time_entry import TIME_ENTRY

if TYPE_CHECKING:
    from .record_type import RecordType

TYPES: dict[str, RecordType] = {
    kind.name: kind
    for kind in (
        CLIENT,
        CONTACT,
        CONTRACT,
        ASSIGNMENT,
        RATE,
        RECURRING_CHARGE,
        CHARGE,
        DISCOUNT,
        ALLOCATION,
        TICKET,
        TIME_ENTRY,
        EXPENSE,
        MANUAL_BILL,
        FEE_SCHEDULE,
        OUTPUT_CONFIGURATION,
        CASE_CATEGORY,
        SERVICE_PRICE,
        SERVICE_CHANGE,
        CALL,
        SERVICE_CASE,
    )
}
