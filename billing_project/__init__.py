"""The assembled product. Importing it makes the Celery application the current one."""

from billing_project.celery import app as celery_app

__all__ = ["celery_app"]
