"""What was agreed with whom."""

from contracts.models.client import Client, Contact
from contracts.models.contract import Assignment, Contract
from contracts.models.coverage import Allocation
from contracts.models.rate import Rate

__all__ = ["Allocation", "Assignment", "Client", "Contact", "Contract", "Rate"]
