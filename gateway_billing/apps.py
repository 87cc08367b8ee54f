from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GatewayBillingConfig(AppConfig):
    name = "gateway_billing"
    verbose_name = _("Gateway")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gateway_billing import signals, units  # noqa: F401 - the receivers register themselves
        from gateway_billing.month_jobs import KINDS
        from gateway_billing.released import reopen_month
        from invoicing import jobs
        from invoicing.sources import register
        from invoicing.withdrawn import on_withdrawn

        for unit in units.UNITS:
            register(unit)
        on_withdrawn("aggregate", reopen_month)
        for kind in KINDS:
            jobs.register(kind)
