"""What is owed on paper, how it got there, and who did what."""

from invoicing.models.audit import AuditEntry, AuditHead, AuditSeal
from invoicing.models.claim import Claim
from invoicing.models.discount import Discount, DiscountUse
from invoicing.models.file import StoredFile
from invoicing.models.heartbeat import Heartbeat
from invoicing.models.invoice import Invoice, InvoiceLine, TaxLine
from invoicing.models.job import Job
from invoicing.models.mail import Mail
from invoicing.models.number import NumberSeries
from invoicing.models.payment import Payment
from invoicing.models.stored_setting import StoredSetting
from invoicing.models.stripe import StripeCall, StripeCustomer, StripeInvoice
from invoicing.models.stripe_event import Anomaly, Dispute, StripeEvent
from invoicing.models.switch import KillSwitch
from invoicing.models.vat_check import VatCheck

__all__ = [
    "Anomaly",
    "AuditEntry",
    "AuditHead",
    "AuditSeal",
    "Claim",
    "Discount",
    "DiscountUse",
    "Dispute",
    "Heartbeat",
    "Invoice",
    "InvoiceLine",
    "Job",
    "KillSwitch",
    "Mail",
    "NumberSeries",
    "Payment",
    "StoredFile",
    "StoredSetting",
    "StripeCall",
    "StripeCustomer",
    "StripeEvent",
    "StripeInvoice",
    "TaxLine",
    "VatCheck",
]
