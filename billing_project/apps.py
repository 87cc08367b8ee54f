import gc

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

# So many new objects, and not 700, make the garbage collector look for cycles among them.
GC_OBJECTS = 50_000


class BillingProjectConfig(AppConfig):
    """The assembled product: settings, processes, urls. Nobody imports it."""

    name = "billing_project"

    def ready(self) -> None:
        from billing_project import checks, grants  # noqa: F401 - the checks register themselves

        # Sent for each app with models, after all of them have migrated; one of them is enough.
        post_migrate.connect(
            grants.after_migrate, sender=apps.get_app_config("accounts"), dispatch_uid="billing_project.grants"
        )
        # What start-up made lives as long as the process. Billing a page makes so many objects that the collector
        # would walk through all of it again and again: a quarter of the time. Looking through the new ones as often as
        # usual took a seventh of the rest; nearly all of them are freed without that.
        gc.freeze()
        gc.set_threshold(GC_OBJECTS, *gc.get_threshold()[1:])
