"""Where a person sets up the own second factor, and shows it after the password."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.cache import never_cache
from django_otp import login
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import limits, second_factor
from accounts.desk.step_up import needs_password
from accounts.models import User

KEY = "second_factor_key"
AFTER = "second_factor_next"


class CodeForm(forms.Form):
    """Six digits of a device, or a code from paper."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )


@method_decorator(never_cache, name="dispatch")
class SecondFactorPage(View):
    """Asks for a code; once it was right, says what is set up."""

    def get(self, request: HttpRequest) -> HttpResponse:
        person = cast(User, request.user)
        if (device := second_factor.device_of(person)) is None:
            request.session[AFTER] = _next(request)
            return HttpResponseRedirect(reverse("second-factor-set-up"))
        if not _is_verified(request):
            return _shown(request, "check", form=CodeForm(), next=_next(request))
        return _shown(request, "state", since=device.created_at, left=second_factor.codes_left(person))

    def post(self, request: HttpRequest) -> HttpResponse:
        if _is_verified(request):
            return cast(HttpResponse, self.write_codes(request))
        if (too_often := limits.refused(request, limits.CODE)) is not None:
            return too_often
        form, person = CodeForm(request.POST), cast(User, request.user)
        device = second_factor.check(person, form.cleaned_data["code"]) if form.is_valid() else None
        if device is None:
            form.add_error("code", _("This code is wrong, or was used before. Wait for the next one, then try again."))
            return _shown(request, "check", form=form, next=_next(request))
        _pass(request, device)
        return HttpResponseRedirect(_next(request) or reverse("admin:index"))

    @needs_password
    def write_codes(self, request: HttpRequest) -> HttpResponse:
        """Ten new codes on paper in place of the old ones."""
        codes = second_factor.write_codes(cast(User, request.user), at=timezone.now())
        return _shown(request, "codes", codes=codes, next=reverse("second-factor"))


@method_decorator(never_cache, name="dispatch")
class SetUpPage(View):
    """Shows the secret to a device, and takes the first code that it makes."""

    @needs_password
    def get(self, request: HttpRequest) -> HttpResponse:
        if _is_closed(request):
            return HttpResponseRedirect(reverse("second-factor"))
        request.session.setdefault(KEY, second_factor.new_key())
        return self._page(request, CodeForm())

    @needs_password
    def post(self, request: HttpRequest) -> HttpResponse:
        if _is_closed(request) or KEY not in request.session:
            return HttpResponseRedirect(reverse("second-factor"))
        if (too_often := limits.refused(request, limits.CODE)) is not None:
            return too_often
        form, person = CodeForm(request.POST), cast(User, request.user)
        code = "".join(form.cleaned_data["code"].split()) if form.is_valid() else ""
        done = second_factor.set_up(person, request.session[KEY], code, at=timezone.now())
        if done is None:
            form.add_error("code", _("This code is not the one that the device shows now. Please try again."))
            return self._page(request, form)
        device, codes = done
        del request.session[KEY]
        _pass(request, device)
        messages.success(request, _("Your second factor is set up."))
        return _shown(request, "codes", codes=codes, next=request.session.pop(AFTER, "") or reverse("admin:index"))

    def _page(self, request: HttpRequest, form: CodeForm) -> HttpResponse:
        key, person = request.session[KEY], cast(User, request.user)
        picture, typed = second_factor.picture_of(key, person), second_factor.typed_key(key)
        return _shown(request, "set_up", form=form, picture=picture, typed=typed)


def _is_verified(request: HttpRequest) -> bool:
    person: Any = request.user
    return bool(person.is_verified())


def _is_closed(request: HttpRequest) -> bool:
    """A device is replaced by who has shown it: a password alone must not be enough."""
    return not _is_verified(request) and second_factor.device_of(cast(User, request.user)) is not None


def _pass(request: HttpRequest, device: Any) -> None:
    """From here on the session is worth more: it gets another name."""
    request.session.cycle_key()
    login(request, device)


def _next(request: HttpRequest) -> str:
    """Where the person was going, if that is one of our own pages."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else ""


def _shown(request: HttpRequest, name: str, **context: Any) -> HttpResponse:
    frame = {**admin.site.each_context(request), "title": _("Second factor")}
    return TemplateResponse(request, f"accounts/second_factor/{name}.html", {**frame, **context})
