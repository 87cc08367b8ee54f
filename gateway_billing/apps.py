from django.apps import AppConfig


class GatewayBillingConfig(AppConfig):
    name = "gateway_billing"
    default_auto_field = "django.db.models.BigAutoField"
