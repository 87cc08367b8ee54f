"""What is owed on paper, how it got there, and who did what."""

from invoicing.models.audit import AuditEntry
from invoicing.models.claim import Claim
from invoicing.models.heartbeat import Heartbeat
from invoicing.models.invoice import Invoice, InvoiceLine, TaxLine
from invoicing.models.number import NumberSeries
from invoicing.models.switch import KillSwitch

__all__ = ["AuditEntry", "Claim", "Heartbeat", "Invoice", "InvoiceLine", "KillSwitch", "NumberSeries", "TaxLine"]
