from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "tickets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from invoicing import jobs
        from invoicing.sources import register
        from tickets import signals, units  # noqa: F401 - the receivers register themselves
        from tickets.what_if_job import WHAT_IF

        for unit in units.UNITS:
            register(unit)
        jobs.register(WHAT_IF)
