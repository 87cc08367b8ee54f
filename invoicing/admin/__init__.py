"""Documents, what they claim, who did what, and the switch of automation."""

from invoicing.admin import (  # noqa: F401 - the pages register themselves
    anomaly,
    automation,
    discounts,
    invoice,
    job,
    ledgers,
    mail,
    payments,
    stripe_call,
    stripe_event,
    switch,
    vat_checks,
)
