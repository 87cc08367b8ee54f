"""What a contract comes to while somebody writes it: the form as it stands is rated, and nothing is saved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.contrib import admin
from django.db import connection, transaction
from django.forms import BaseInlineFormSet, BaseModelForm, Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.refusals import told
from accounts.desk.views import DeskView
from contracts.agreements import CARD
from contracts.models import Contract, Rate
from rating.terms import CardRate
from tickets.admin.examples import TEMPLATE, priced

# What the price of a ticket does not depend on: missing here, it is asked for when the contract is saved.
NOT_PRICED: Final = frozenset({"external_id", "status", "grouping", "late_work"})
NOT_SAVED: Final = 0  # the key of a contract, and of the client that is not chosen


class ExampleView(DeskView):
    """The panel alone. GET: as the terms are saved; POST: as the form of the contract stands."""

    title = gettext_lazy("What these terms come to")
    permission_required = "contracts.change_contract"
    template_name = TEMPLATE

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        saved = self._saved()
        return self.render_to_response({"panel": priced(saved, at=timezone.now()) if saved else {"is_new": True}})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
            panel = _as_typed(request, self._saved(), self._saved(), at=timezone.now())
        return self.render_to_response({"panel": panel})

    def _saved(self) -> Contract | None:
        """The contract of the address, as it is stored; None on the page of a new one."""
        if "contract" not in self.kwargs:
            return None
        rows = admin.site.get_model_admin(Contract).get_queryset(self.request)
        found: Contract = get_object_or_404(rows, pk=self.kwargs["contract"])
        return found


class NewExampleView(ExampleView):
    """The same for a contract that is not there yet."""

    permission_required = "contracts.add_contract"


def _as_typed(request: HttpRequest, contract: Contract | None, saved: Contract | None, *, at: datetime) -> Any:
    """The panel for the form: the contract's own form and rate card, validated as on saving."""
    page: Any = admin.site.get_model_admin(Contract)
    form = page.get_form(request, contract, change=contract is not None)(request.POST, instance=contract)
    form.is_valid()
    typed: Contract = form.instance
    card = _card_form(page, request, contract, typed)
    card.is_valid()
    missing = [*_missing(form), *_missing_of_rows(card)]
    if missing:
        return {"missing": missing}
    typed.pk = typed.pk or NOT_SAVED
    return {**priced(typed, at=at, card=list(_rows(card)), saved=saved), "is_typed": True}


def _card_form(
    page: Any, request: HttpRequest, contract: Contract | None, typed: Contract
) -> BaseInlineFormSet[Any, Any, Any]:
    found = page.get_formsets_with_inlines(request, contract)
    formset, inline = next((formset, inline) for formset, inline in found if inline.model is Rate)
    given = page.get_formset_kwargs(request, typed, inline, formset.get_default_prefix())
    # The page's own rows are read for saving, and locked.
    rows: BaseInlineFormSet[Any, Any, Any] = formset(**{**given, "queryset": Rate.objects.all()})
    return rows


def _rows(card: BaseInlineFormSet[Any, Any, Any]) -> Iterator[CardRate]:
    """The rate card as typed; rows that were added and left empty are none."""
    for form in card.forms:
        if form.instance.pk or form.has_changed():
            yield CardRate(*(getattr(form.instance, name) for name in CARD[1:]))


def _missing(form: BaseModelForm[Any] | Form, row: str = "") -> Iterator[str]:
    """What keeps the form from being priced, in sentences that name the field."""
    for name, problems in form.errors.items():
        label = str(form.fields[name].label) if name in form.fields else ""
        place = ", ".join(filter(None, (row, label)))
        for problem in problems if name not in NOT_PRICED else ():
            said = told(str(problem))
            yield _("%(place)s: %(problem)s") % {"place": place, "problem": said} if place else said


def _missing_of_rows(card: BaseInlineFormSet[Any, Any, Any]) -> Iterator[str]:
    yield from (told(str(one)) for one in card.non_form_errors())
    for number, form in enumerate(card.forms, 1):
        yield from _missing(form, _("Rate card, row %(number)s") % {"number": number})
