from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    name = "invoicing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from invoicing import signals  # noqa: F401 - connects its receivers
        from invoicing.charges.units import UNITS
        from invoicing.sources import register

        for unit in UNITS:
            register(unit)
