"""Documents, what they claim, who did what, and the switch of automation."""

from invoicing.admin import invoice, job, ledgers, mail, switch  # noqa: F401 - the pages register themselves
