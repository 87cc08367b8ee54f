from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "office"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from invoicing.jobs import register
        from office.reports import unbilled_job, verify_job

        for kind in (unbilled_job.KIND, verify_job.KIND):
            register(kind)
