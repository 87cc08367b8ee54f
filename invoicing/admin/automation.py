"""How billing runs by itself: the switch, and each setting that can be changed here, with what the environment says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.desk.asking import Question, ReasonForm, ask, is_confirmed, reason_form, seen_by, signed_in
from accounts.desk.pages import ReadOnlyPage
from config import environment, overrides, report
from contracts.models import Client
from invoicing.admin import settings_in_words
from invoicing.models import KillSwitch, StoredSetting
from invoicing.stored_settings import read_all, store_setting

CHANGE = "invoicing.change_automation"
# What decides how far clients without a value of their own are billed by machine.
DECIDE_ENROLMENT = frozenset(
    {"AUTO_BILL_ON_CLOSE", "AUTO_BILL_ON_RESOLVE", "BILLING_ENROLMENT_DEFAULT", "BILLING_INVOICE_STATUS"}
)
TITLES = {
    "When": gettext_lazy("When"),
    "How far": gettext_lazy("How far"),
    "Price": gettext_lazy("Price"),
    "What a person must see": gettext_lazy("What a person must see"),
    "Payment": gettext_lazy("Payment"),
}


class SettingForm(ReasonForm):
    """The value as it would be typed in the environment, and why."""

    value = forms.CharField(label=gettext_lazy("Value"), required=False, max_length=500)
    field_order = ("value", "reason")

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = overrides.DECLARED[name][1].kind.options
        if options:
            choices = [(one, settings_in_words.word(one or "not set")) for one in options]
            self.fields["value"].widget = UnfoldAdminSelectWidget(choices=choices)
        else:
            self.fields["value"].widget = UnfoldAdminTextInputWidget()
        self.name = name

    def clean_value(self) -> str:
        """The value as the environment writes it."""
        return settings_in_words.typed(self.name, self.cleaned_data["value"])


@admin.register(StoredSetting)
class AutomationPage(ReadOnlyPage):
    """Everybody may see how billing runs by itself; administrators change it, with a reason."""

    def get_urls(self) -> list[URLPattern]:
        back = path(
            "<path:object_id>/environment/",
            self.admin_site.admin_view(self.environment_view),
            name="invoicing_storedsetting_environment",
        )
        return [back, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = {row.name: row for row in _rows()}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Automation"),
            "opts": self.model._meta,
            "switch": KillSwitch.objects.first(),
            "may_switch": request.user.has_perm("invoicing.switch_automation"),
            "may_change": request.user.has_perm(CHANGE),
            "subjects": [
                {"title": TITLES[subject], "settings": [_told(rows[name]) for name in names]}
                for subject, names in overrides.SUBJECTS.items()
            ],
            "strangers": sorted(set(read_all()) - overrides.NAMES),
        }
        return TemplateResponse(request, "invoicing/admin/automation.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",  # noqa: ARG002 - Django's signature
        extra_context: Any = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Show one setting; ask an administrator for another value."""
        row = self._row(request, object_id)
        if not request.user.has_perm(CHANGE):
            if request.method == "POST":
                raise PermissionDenied
            return ask(self, request, _question(row, title=gettext_of(row), button=""))
        form = SettingForm(row.name, request.POST if is_confirmed(request) else None, initial={"value": _initial(row)})
        if is_confirmed(request) and form.is_valid():
            said = _store(request, row.name, form.cleaned_data["value"], form)
            if said:
                return self._done(request, said)
        return ask(self, request, _question(row, title=gettext_of(row), button=_("Store"), form=form))

    def environment_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, and take the stored value away."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        row = self._row(request, object_id)
        form = reason_form(request)
        if is_confirmed(request) and form.is_valid():
            said = _store(request, row.name, None, form)
            if said:
                return self._done(request, said)
        title = _("Back to the environment's value?")
        return ask(self, request, _question(row, title=title, button=_("Take the stored value away"), form=form))

    def _row(self, request: HttpRequest, object_id: str) -> report.Row:
        if not self.has_view_permission(request):
            raise PermissionDenied
        name = unquote(object_id)
        found = [row for row in _rows() if row.name == name]
        if name not in overrides.NAMES or not found:
            raise Http404
        return found[0]

    def _done(self, request: HttpRequest, said: str) -> HttpResponse:
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(_home())


def gettext_of(row: report.Row) -> str:
    """The meaning of a setting in the language of the page."""
    return _(row.help)


def _home() -> str:
    return reverse("admin:invoicing_storedsetting_changelist")


def _rows() -> list[report.Row]:
    """All settings of billing with what is stored now, read from the database itself."""
    stored = read_all()
    combined = overrides.combine(settings.BILLING, {name: one.value for name, one in stored.items()})
    env = environment(Path(settings.BASE_DIR))
    found = report.rows(settings.BILLING, env, production=settings.DEPLOYMENT.production)
    return report.with_stored(found, combined, stored)


def _told(row: report.Row) -> dict[str, Any]:
    return {
        "row": row,
        "help": gettext_of(row),
        "in_force": settings_in_words.in_words(row.name, row.value),
        "by_environment": settings_in_words.in_words(row.name, row.environment),
        "environment_source": settings_in_words.word(row.environment_source),
        "stored": settings_in_words.in_words(row.name, row.stored.value) if row.stored else "",
        "change": reverse("admin:invoicing_storedsetting_change", args=[row.name]),
        "back": reverse("admin:invoicing_storedsetting_environment", args=[row.name]) if row.stored else "",
    }


def _initial(row: report.Row) -> str:
    return settings_in_words.shown_number(row.value) if overrides.DECLARED[row.name][1].kind.number else row.value


def _question(row: report.Row, *, title: str, button: str, form: forms.Form | None = None) -> Question:
    follow = row.name in DECIDE_ENROLMENT
    context = {
        **_told(row),
        "allowed": settings_in_words.allowed(row.name),
        "followers": Client.objects.filter(automation="", active=True).count() if follow and button else None,
        "back": "",
    }
    seen = row.stored.changed_at.isoformat() if row.stored else ""
    return Question(title, button, "invoicing/admin/automation_setting.html", context, form, _home(), seen)


def _store(request: HttpRequest, name: str, value: str | None, form: forms.Form) -> str:
    """Store it and answer what to say; "" where the form now has the refusal."""
    seen = seen_by(request)
    try:
        change = store_setting(
            name, value, seen=parse_datetime(seen) if seen else None, reason=form.cleaned_data["reason"],
            by=signed_in(request), at=timezone.now(),
        )  # fmt: skip
    except ValueError as refused:
        form.add_error("value" if value is not None else "reason", str(refused))
        return ""
    before, after = (settings_in_words.in_words(name, one) or "-" for one in (change.before, change.after))
    told = {"name": name, "before": before, "after": after}
    return _("%(name)s: %(before)s → %(after)s. In force everywhere within ten seconds.") % told
