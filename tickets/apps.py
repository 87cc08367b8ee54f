from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "tickets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from invoicing.sources import register
        from tickets import signals, units  # noqa: F401 - the receivers register themselves

        for unit in units.UNITS:
            register(unit)
