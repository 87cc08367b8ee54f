"""Signing in by name and password; permissions come from the person's role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import ModelBackend

from accounts.roles import permissions

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model


class RoleBackend(ModelBackend):
    """Grants what the table of roles says. Group and user permissions do not exist here: one table, one answer.

    Superusers are let through by Django's own User.has_perm before any backend is asked.
    """

    def get_user_permissions(
        self,
        user_obj: AbstractBaseUser | AnonymousUser,  # noqa: ARG002
        obj: Model | None = None,  # noqa: ARG002
    ) -> set[str]:
        return set()

    def get_group_permissions(self, user_obj: AbstractBaseUser | AnonymousUser, obj: Model | None = None) -> set[str]:
        return self.get_all_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj: AbstractBaseUser | AnonymousUser, obj: Model | None = None) -> set[str]:
        """Return the role's permissions; none for inactive or unknown people, and none per object."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        return set(permissions(getattr(user_obj, "role", "")))

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        return perm in self.get_all_permissions(user_obj, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return any(name.startswith(f"{app_label}.") for name in self.get_all_permissions(user_obj))
