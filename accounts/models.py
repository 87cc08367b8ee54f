"""People who sign in."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models

from accounts.roles import Role


class User(AbstractUser):
    """A person of the house. What they may do follows from their role alone (see `accounts.roles`)."""

    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)
    technician_id = models.CharField(
        max_length=100,
        null=True,
        blank=True,
        unique=True,
        help_text="The name under which time entries of this person are imported.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="accounts_user_role_known"),
            models.CheckConstraint(condition=~models.Q(technician_id=""), name="accounts_user_technician_not_empty"),
        ]

    def save(self, **kwargs: Any) -> None:
        # Every role but the viewer of nothing works in the admin; permissions decide what is seen there.
        self.is_staff = True
        self.technician_id = self.technician_id or None
        super().save(**kwargs)
