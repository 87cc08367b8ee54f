"""What people do to a draft before it is issued: write, adjust, change and take off lines, discount it, give it up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.enums import ActionVariant

from accounts.desk.asking import Question, is_confirmed, signed_in
from accounts.desk.keys import keys_in
from accounts.desk.marks import action
from invoicing.admin.correcting import CorrectionForm
from invoicing.admin.hand_line_forms import AdjustForm, DiscountForm, LineForm
from invoicing.admin.verbs import DocumentVerbs, answer, page_of, while_it_fits
from invoicing.display import money
from invoicing.lifecycle.draft_discounts import give_discount
from invoicing.lifecycle.hand_lines import add_line, adjust_line, change_line, fingerprint, is_by_hand
from invoicing.lifecycle.withdraw import discard_draft, withdraw_lines
from invoicing.models import Claim, Invoice, InvoiceLine
from invoicing.transitions import InvalidTransition
from rating.by_hand import RULE

MOST_SHOWN: Final = 200


class Drafting(DocumentVerbs):
    """The buttons of a draft, and of its lines: these name the line in the address (`?line=`)."""

    def has_draft_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may put drafts together, and whether this one is a draft."""
        return self.may(request, object_id, "invoicing.change_invoice")

    def has_discount_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may give discounts, and whether this one is a draft."""
        return self.may(request, object_id, "invoicing.add_discount")

    @action(description=gettext_lazy("Add a line…"), permissions=["draft"], icon="playlist_add")
    @while_it_fits
    def add_line(self, request: HttpRequest, object_id: str) -> HttpResponse:
        draft = self.existing(request, object_id)
        form = LineForm(request, draft)

        def write() -> str:
            given = form.cleaned_data
            line = add_line(
                draft.pk, form.wanted(), key=given["key"], reason=given["reason"], by=signed_in(request),
                at=timezone.now(),
            )  # fmt: skip
            return _("A line over %(amount)s was added.") % {"amount": money(line.amount_cents, draft.currency)}

        question = Question(_("Add a line to this draft"), _("Add the line"), form=form, back=page_of(object_id))
        return answer(self, request, question, write)

    @action(description=gettext_lazy("Adjust a line…"), permissions=["draft"], icon="tune")
    @while_it_fits
    def adjust_line(self, request: HttpRequest, object_id: str) -> HttpResponse:
        draft, line = self._of(request, object_id)
        if line is None:
            return self._choose(request, draft, _("Which line shall come to another amount?"), "adjust_line")
        form = AdjustForm(request, draft, line)
        seen = _seen(form, line)

        def adjust() -> str:
            given = form.cleaned_data
            second = adjust_line(
                draft.pk, line.pk, given["amount"], seen=seen(), key=given["key"], reason=given["reason"],
                by=signed_in(request), at=timezone.now(),
            )  # fmt: skip
            return _("A line over %(amount)s was added.") % {"amount": money(second.amount_cents, draft.currency)}

        title = _("Adjust line %(position)s?") % {"position": line.position}
        context = {"line": line, "amount": money(line.amount_cents, draft.currency)}
        question = Question(
            title, _("Add the difference"), "invoicing/admin/adjust.html", context, form, page_of(object_id)
        )  # fmt: skip
        return answer(self, request, question, adjust)

    @action(description=gettext_lazy("Change a line…"), permissions=["draft"], icon="edit")
    @while_it_fits
    def change_line(self, request: HttpRequest, object_id: str) -> HttpResponse:
        draft, line = self._of(request, object_id)
        if line is None or not is_by_hand(line):
            return self._choose(request, draft, _("Which line written by hand?"), "change_line", by_hand=True)
        form = LineForm(request, draft, line)
        seen = _seen(form, line)

        def change() -> str:
            changed = change_line(
                draft.pk, line.pk, form.wanted(), seen=seen(), reason=form.cleaned_data["reason"],
                by=signed_in(request), at=timezone.now(),
            )  # fmt: skip
            return _("The line comes to %(amount)s now.") % {"amount": money(changed.amount_cents, draft.currency)}

        title = _("Change line %(position)s") % {"position": line.position}
        question = Question(title, _("Change the line"), form=form, back=page_of(object_id))
        return answer(self, request, question, change)

    @action(description=gettext_lazy("Take lines off…"), permissions=["draft"], icon="playlist_remove")
    @while_it_fits
    def take_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        draft, _line = self._of(request, object_id)
        form = CorrectionForm(request)
        asked = request.POST if is_confirmed(request) else request.GET
        chosen = set(keys_in(asked.getlist("line")))

        def take() -> str:
            kept = withdraw_lines(
                draft.pk, sorted(chosen), then=form.cleaned_data["then"], reason=form.cleaned_data["reason"],
                by=signed_in(request), at=timezone.now(),
            )  # fmt: skip
            said = ngettext("%(count)s line was taken off.", "%(count)s lines were taken off.", kept.line_count)
            return said % {"count": kept.line_count}

        context = {"lines": list(_choices(draft, chosen)), "unshown": max(0, draft.line_count - MOST_SHOWN)}
        question = Question(
            _("Take lines off this draft?"), _("Take them off"), "invoicing/admin/take_off.html", context, form,
            page_of(object_id),
        )  # fmt: skip
        return answer(self, request, question, take)

    @action(description=gettext_lazy("Discount…"), permissions=["discount"], icon="percent")
    @while_it_fits
    def discount_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        draft = self.existing(request, object_id)
        form = DiscountForm(request, draft)

        def give() -> str:
            given = form.cleaned_data
            give_discount(
                draft.pk, percent=given["percent"], amount_cents=given["amount"], key=given["key"],
                reason=given["reason"], by=signed_in(request), at=timezone.now(),
            )  # fmt: skip
            return _("The discount is on the draft.")

        subtotal = money(draft.subtotal_cents, draft.currency)
        title = _("Discount on this draft over %(subtotal)s") % {"subtotal": subtotal}
        question = Question(title, _("Give the discount"), form=form, back=page_of(object_id))
        return answer(self, request, question, give)

    @action(
        description=gettext_lazy("Discard…"), permissions=["draft"], icon="delete", variant=ActionVariant.DANGER
    )  # fmt: skip
    @while_it_fits
    def discard_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        draft, form = self.existing(request, object_id), CorrectionForm(request)
        told = f"{draft.line_count}:{draft.subtotal_cents}"
        if not form.is_bound:
            form.initial["seen"] = told

        def discard() -> str:
            changed = _("The draft was changed meanwhile: look at it again.")
            if not form.agrees(told):
                raise InvalidTransition(changed)
            with transaction.atomic():
                now = Invoice.objects.select_for_update(no_key=True).get(pk=draft.pk)
                if told != f"{now.line_count}:{now.subtotal_cents}":
                    raise InvalidTransition(changed)
                discard_draft(
                    draft.pk, then=form.cleaned_data["then"], reason=form.cleaned_data["reason"],
                    by=signed_in(request), at=timezone.now(),
                )  # fmt: skip
            return _("The draft was discarded.")

        units = Claim.objects.filter(line__invoice=draft, released_at__isnull=True).count()
        context = {"draft": draft, "units": units, "amount": money(draft.subtotal_cents, draft.currency)}
        question = Question(
            _("Discard this draft?"), _("Discard it"), "invoicing/admin/discard.html", context, form,
            page_of(object_id),
        )  # fmt: skip
        return answer(self, request, question, discard)

    def _of(self, request: HttpRequest, object_id: str) -> tuple[Invoice, InvoiceLine | None]:
        """The draft, and the line that the address names, if it is on it."""
        draft, named = self.existing(request, object_id), keys_in([request.GET.get("line", "")])
        return draft, draft.lines.filter(pk__in=named).first()

    def _choose(
        self, request: HttpRequest, draft: Invoice, title: str, verb: str, *, by_hand: bool = False
    ) -> HttpResponse:
        context = {"lines": list(_choices(draft, set(), by_hand=by_hand)), "verb": verb,
                   "unshown": max(0, draft.line_count - MOST_SHOWN)}  # fmt: skip
        question = Question(title, "", "invoicing/admin/which_line.html", context, back=page_of(draft.pk))
        return answer(self, request, question, lambda: "")


def _seen(form: AdjustForm | LineForm, line: InvoiceLine) -> Callable[[], str]:
    """The line's fingerprint goes with the form, and comes back as the person saw it."""
    if not form.is_bound:
        form.initial["seen"] = fingerprint(line)
    return lambda: str(form.cleaned_data["seen"])


def _choices(draft: Invoice, chosen: set[int], *, by_hand: bool = False) -> Iterator[dict[str, Any]]:
    """The first lines, those that were chosen before all others."""
    lines = draft.lines.select_related("company").order_by("position")
    if by_hand:
        lines = lines.filter(explanation__rule=RULE)
    for line in [*lines.filter(pk__in=chosen), *lines.exclude(pk__in=chosen)[:MOST_SHOWN]]:
        yield {
            "pk": line.pk,
            "position": line.position,
            "company": line.company.name if line.company else "",
            "description": line.description,
            "amount": money(line.amount_cents, draft.currency),
            "chosen": line.pk in chosen,
        }
