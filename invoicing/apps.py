from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    name = "invoicing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import trail
        from invoicing import audit, signals  # noqa: F401 - connects its receivers
        from invoicing.batches import KINDS
        from invoicing.charges.units import UNITS
        from invoicing.jobs import register as register_job
        from invoicing.sources import register
        from invoicing.stored_settings import follow_changes
        from invoicing.stripe.outbox import follow_documents

        for unit in UNITS:
            register(unit)
        for kind in KINDS:
            register_job(kind)
        trail.keep(audit.record)
        follow_changes()
        follow_documents()
