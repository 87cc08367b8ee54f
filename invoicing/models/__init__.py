"""What is owed on paper, how it got there, and who did what."""

from invoicing.models.audit import AuditEntry
from invoicing.models.claim import Claim
from invoicing.models.discount import Discount, DiscountUse
from invoicing.models.file import StoredFile
from invoicing.models.heartbeat import Heartbeat
from invoicing.models.invoice import Invoice, InvoiceLine, TaxLine
from invoicing.models.mail import Mail
from invoicing.models.number import NumberSeries
from invoicing.models.payment import Payment
from invoicing.models.switch import KillSwitch
from invoicing.models.vat_check import VatCheck

__all__ = [
    "AuditEntry",
    "Claim",
    "Discount",
    "DiscountUse",
    "Heartbeat",
    "Invoice",
    "InvoiceLine",
    "KillSwitch",
    "Mail",
    "NumberSeries",
    "Payment",
    "StoredFile",
    "TaxLine",
    "VatCheck",
]
