"""People and their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.desk.marks import display
from accounts.desk.pages import Page
from accounts.models import User
from accounts.roles import Role

if TYPE_CHECKING:
    _Users = UserAdmin[User]
else:
    _Users = UserAdmin

# What a person may do follows from the role alone.
admin.site.unregister(Group)

COLOURS = {Role.ADMINISTRATOR: "danger", Role.APPROVER: "warning", Role.CLERK: "success", Role.TECHNICIAN: "info"}


@admin.register(User)
class UserPage(Page, _Users):
    """People are switched off, never deleted: their names stand in the audit trail."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "email", "role_label", "technician_id", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "first_name", "last_name", "email", "technician_id")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", ("first_name", "last_name"), "email")}),
        ("Work", {"fields": (("role", "technician_id"), "is_active", "is_superuser")}),
        ("Dates", {"fields": (("last_login", "date_joined"),)}),
    )
    add_fieldsets = ((None, {"fields": ("username", ("role", "technician_id"), "password1", "password2")}),)

    @display(description="Name")
    def full_name(self, person: User) -> str:
        return person.get_full_name()

    @display(description="Role", ordering="role", label=COLOURS)
    def role_label(self, person: User) -> tuple[str, str]:
        return person.role, person.get_role_display()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes somebody who may do more: that would be a way to become them."""
        above = obj is not None and obj.is_superuser and not getattr(request.user, "is_superuser", False)
        return not above and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        return fields if getattr(request.user, "is_superuser", False) else [*fields, "is_superuser"]
