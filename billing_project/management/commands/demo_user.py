"""Make the person who may look around in the demo."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from accounts.roles import Role

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Repeating it sets the same password again. Outside a local installation it refuses."""

    help = "Make a user with all rights and the password of the variable DEMO_PASSWORD; for the demo alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *, username: str, **_: Any) -> None:
        password = os.environ.get("DEMO_PASSWORD", "")
        if settings.APP_ENV == "production" or not password:
            raise CommandError("The demo's user is made by `run.py demo` alone.")
        users = get_user_model().objects
        user = users.filter(username=username).first() or users.model(username=username)
        user.is_superuser, user.role = True, Role.ADMINISTRATOR
        user.set_password(password)
        user.save()
