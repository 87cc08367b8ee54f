from django.apps import AppConfig


class GatewayBillingConfig(AppConfig):
    name = "gateway_billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gateway_billing import signals, units  # noqa: F401 - the receivers register themselves
        from gateway_billing.released import reopen_month
        from invoicing.sources import register
        from invoicing.withdrawn import on_withdrawn

        for unit in units.UNITS:
            register(unit)
        on_withdrawn("aggregate", reopen_month)
