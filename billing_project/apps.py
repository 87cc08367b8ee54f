import gc

import structlog
from django.apps import AppConfig, apps
from django.conf import settings
from django.db.models.signals import post_migrate
from django_structlog.celery.signals import bind_extra_task_metadata

# So many new objects, and not 700, make the garbage collector look for cycles among them.
GC_OBJECTS = 50_000


class BillingProjectConfig(AppConfig):
    """The assembled product: settings, processes, urls. Nobody imports it."""

    name = "billing_project"

    def ready(self) -> None:
        from billing_project import checks, grants, request_log, sentry

        # Sent for each app with models, after all of them have migrated; one of them is enough.
        post_migrate.connect(
            grants.after_migrate, sender=apps.get_app_config("accounts"), dispatch_uid="billing_project.grants"
        )
        bind_extra_task_metadata.connect(request_log.bind_task, dispatch_uid="billing_project.request_log")
        if settings.DEPLOYMENT.sentry_dsn:
            sentry.start(settings.DEPLOYMENT.sentry_dsn, environment=settings.APP_ENV)
        # Web servers run no checks: what must not be overlooked is in their log.
        if settings.PROCESS == "web" and checks.without_second_factor():
            structlog.get_logger(__name__).warning("second_factor.off", meaning=checks.WITHOUT_SECOND_FACTOR)
        # What start-up made lives as long as the process. Billing a page makes so many objects that the collector
        # would walk through all of it again and again: a quarter of the time. Looking through the new ones as often as
        # usual took a seventh of the rest; nearly all of them are freed without that.
        gc.freeze()
        gc.set_threshold(GC_OBJECTS, *gc.get_threshold()[1:])
