"""People and their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import second_factor, trail
from accounts.desk.asking import Question, ask, is_confirmed, reason_form, signed_in
from accounts.desk.marks import action, display
from accounts.desk.pages import Page
from accounts.desk.step_up import ask_password, needs_password
from accounts.models import User
from accounts.roles import Role

if TYPE_CHECKING:
    _Users = UserAdmin[User]
else:
    _Users = UserAdmin

COLOURS = {Role.ADMINISTRATOR: "danger", Role.APPROVER: "warning", Role.CLERK: "success", Role.TECHNICIAN: "info"}
# What the audit trail tells of a person, before and after.
TOLD = ("username", "role", "technician_id", "is_active", "is_superuser")


@admin.register(User)
class UserPage(Page, _Users):
    """People are switched off, never deleted: their names stand in the audit trail."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "email", "role_label", "technician_id", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "first_name", "last_name", "email", "technician_id")
    search_help_text = gettext_lazy("Part of a name, address or technician's id")
    ordering = ("username",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined", "second_factor")
    fieldsets = (
        (None, {"fields": ("username", "password", ("first_name", "last_name"), "email")}),
        (gettext_lazy("Work"), {"fields": (("role", "technician_id"), "is_active", "is_superuser")}),
        (gettext_lazy("Dates"), {"fields": (("last_login", "date_joined"), "second_factor")}),
    )
    add_fieldsets = ((None, {"fields": ("username", ("role", "technician_id"), "password1", "password2")}),)
    actions_detail = ("reset_second_factor",)

    @display(description=gettext_lazy("Name"))
    def full_name(self, person: User) -> str:
        return person.get_full_name()

    @display(description=gettext_lazy("Role"), ordering="role", label=COLOURS)
    def role_label(self, person: User) -> tuple[str, str]:
        return person.role, person.get_role_display()

    @display(description=gettext_lazy("Second factor"))
    def second_factor(self, person: User) -> str:
        return _("set up") if second_factor.device_of(person) else _("not set up")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes somebody who may do more: that would be a way to become them."""
        above = obj is not None and obj.is_superuser and not getattr(request.user, "is_superuser", False)
        return not above and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """By these names nobody approves their own work, so that nobody changes their own."""
        fields = list(super().get_readonly_fields(request, obj))
        if obj is not None and obj.pk == request.user.pk:
            fields += ["username", *(["technician_id"] if obj.technician_id else [])]
        return fields if getattr(request.user, "is_superuser", False) else [*fields, "is_superuser"]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Who people are and what they may do changes after the password was given again."""
        changes = request.method == "POST" and self.has_change_permission(request)
        adds = object_id is None and self.has_add_permission(request)
        if (changes or adds) and (answer := ask_password(request)) is not None:
            return answer
        return super().changeform_view(request, object_id, form_url, extra_context)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """A password that an administrator gives; it ends all sessions of that person."""
        person = self.get_object(request, id)
        if not self.has_change_permission(request, person):
            return super().user_change_password(request, id, form_url)
        if (answer := ask_password(request)) is not None:
            return answer
        with transaction.atomic():
            done: HttpResponse = super().user_change_password(request, id, form_url)
            if person is not None and request.method == "POST" and isinstance(done, HttpResponseRedirect):
                trail.record("user.password_set", person, by=signed_in(request), at=timezone.now())
        return done

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and write down what the person was and is."""
        row = User.objects.filter(pk=obj.pk).values(*TOLD).first() if change else None
        super().save_model(request, obj, form, change)
        after = {name: getattr(obj, name) for name in TOLD}
        if row != after:
            name = "user.changed" if change else "user.added"
            data = {"before": row or {}, "after": after}
            trail.record(name, obj, by=signed_in(request), at=timezone.now(), data=data)

    def has_reset_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may change people, and whether this one has a second factor; nobody resets their own."""
        person = self.get_object(request, object_id) if object_id else None
        if object_id and (person is None or person.pk == request.user.pk or not second_factor.device_of(person)):
            return False
        return self.has_change_permission(request, person)

    @action(
        description=gettext_lazy("Reset second factor…"),
        permissions=["reset"],
        icon="phonelink_erase",
        variant=ActionVariant.DANGER,
    )
    @needs_password
    def reset_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person, form = User.objects.get(pk=object_id), reason_form(request)
        back = reverse("admin:accounts_user_change", args=[object_id])
        if not (is_confirmed(request) and form.is_valid()):
            title = _("Reset the second factor of %(name)s?") % {"name": person.get_username()}
            return ask(self, request, Question(title, _("Reset"), "accounts/admin/reset.html", form=form, back=back))
        reason = form.cleaned_data["reason"]
        second_factor.reset(person, by=signed_in(request), at=timezone.now(), reason=reason)
        said = _("%(name)s sets up a new device at the next sign-in.") % {"name": person.get_username()}
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(back)
