"""What was agreed with whom."""

from contracts.models.assignment import Assignment
from contracts.models.charge import ClientCharge, RecurringCharge
from contracts.models.client import Client, Contact
from contracts.models.contract import Contract
from contracts.models.coverage import Allocation, FairUseReview
from contracts.models.management import Management
from contracts.models.rate import Rate

__all__ = [
    "Allocation",
    "Assignment",
    "Client",
    "ClientCharge",
    "Contact",
    "Contract",
    "FairUseReview",
    "Management",
    "Rate",
    "RecurringCharge",
]
