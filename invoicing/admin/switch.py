"""The switch of automation: what it is at, and two buttons that ask why."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.enums import ActionVariant

from accounts.desk.asking import Question, ReasonForm, ask, is_confirmed, reason_form, signed_in
from accounts.desk.marks import action, display
from accounts.desk.pages import ReadOnlyPage
from invoicing.models import KillSwitch
from invoicing.switches import automation_is_stopped, resume_automation, stop_automation

ON_OR_OFF = {"stopped": "danger", "running": "success"}


@admin.register(KillSwitch)
class SwitchPage(ReadOnlyPage):
    """While automation is stopped, nothing bills by itself; billing by hand stays possible."""

    told_name = True
    list_display = ("state", "reason", "changed_by", "changed_at")
    list_display_links = None
    actions_list = ("stop_automation", "resume_automation")
    list_before_template = "invoicing/admin/switch.html"

    @display(description=gettext_lazy("Automation"), label=ON_OR_OFF)
    def state(self, switch: KillSwitch) -> tuple[str, str]:
        return ("stopped", _("stopped")) if switch.on else ("running", _("running"))

    def has_stop_permission(self, request: HttpRequest) -> bool:
        """Whether the person may stop automation, and whether there is anything to stop."""
        return _may_switch(request) and not automation_is_stopped()

    def has_resume_permission(self, request: HttpRequest) -> bool:
        """Whether the person may resume automation, and whether it is stopped."""
        return _may_switch(request) and automation_is_stopped()

    @action(
        description=gettext_lazy("Stop automation…"),
        permissions=["stop"],
        icon="stop_circle",
        variant=ActionVariant.DANGER,
    )
    def stop_automation(self, request: HttpRequest) -> HttpResponse:
        form = reason_form(request)
        if not (is_confirmed(request) and form.is_valid()):
            return ask(self, request, _question(_("Stop automation?"), _("Stop automation"), form))
        stop_automation(reason=form.cleaned_data["reason"], by=signed_in(request), at=timezone.now())
        return self._done(request, _("Automation is stopped. What is pending stays pending."))

    @action(
        description=gettext_lazy("Resume…"), permissions=["resume"], icon="play_circle", variant=ActionVariant.PRIMARY
    )
    def resume_automation(self, request: HttpRequest) -> HttpResponse:
        form = reason_form(request)
        if not (is_confirmed(request) and form.is_valid()):
            return ask(self, request, _question(_("Resume automation?"), _("Resume"), form))
        resume_automation(reason=form.cleaned_data["reason"], by=signed_in(request), at=timezone.now())
        return self._done(request, _("Automation goes on with everything that is pending."))

    def _done(self, request: HttpRequest, said: str) -> HttpResponse:
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:invoicing_killswitch_changelist"))


def _question(title: str, button: str, form: ReasonForm) -> Question:
    return Question(title, button, form=form, back=reverse("admin:invoicing_storedsetting_changelist"))


def _may_switch(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("invoicing.switch_automation"))
