"""The types of import lines, in the order in which they are written: what is referred to comes first.

A new type is one file in `types` and one line here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .types.assignment import ASSIGNMENT
from .types.client import CLIENT
from .types.contact import CONTACT
from .types.contract import CONTRACT
from .types.expense import EXPENSE
from .types.rate import RATE
from .types.ticket import TICKET
from .types.time_entry import TIME_ENTRY

if TYPE_CHECKING:
    from .record_type import RecordType

TYPES: dict[str, RecordType] = {
    kind.name: kind for kind in (CLIENT, CONTACT, CONTRACT, ASSIGNMENT, RATE, TICKET, TIME_ENTRY, EXPENSE)
}
