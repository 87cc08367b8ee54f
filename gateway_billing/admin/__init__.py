"""The gateway: what partners and their companies pay and used, and the months that were billed."""

from gateway_billing.admin import changes, runs, terms, usage  # noqa: F401 - the pages register themselves
from gateway_billing.admin.settlement import minutes_text
from invoicing.admin.lines import PAGES, SourcePage
from rating.gateway import kinds

PAGES.update({
    kinds.CALL: SourcePage("admin:gateway_billing_call_change", lambda seconds: minutes_text(int(seconds))),
    kinds.CASE: SourcePage("admin:gateway_billing_servicecase_change"),
    kinds.SERVICE_PRICE: SourcePage("admin:gateway_billing_serviceprice_change"),
    kinds.SERVICE_CHANGE: SourcePage("admin:gateway_billing_servicechange_change"),
    kinds.SETUP_FEE: SourcePage("admin:gateway_billing_feeschedule_change"),
    kinds.FLAT_FEE: SourcePage("admin:gateway_billing_outputconfiguration_change"),
})  # fmt: skip
