"""Taking issued documents back: cancelled whole, or credited by line. What it comes to is shown before it is done."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from accounts.desk.asking import Question, signed_in
from accounts.desk.keys import keys_in
from accounts.desk.marks import action
from accounts.desk.step_up import needs_password
from invoicing.admin.forms import WhyForm, bound, then_field
from invoicing.admin.lines import price_text, quantity_text
from invoicing.admin.totals import ShownSum, totals_rows
from invoicing.admin.verbs import DocumentVerbs, answer, page_of, while_it_fits
from invoicing.display import money
from invoicing.lifecycle.correction import CorrectionPlan
from invoicing.lifecycle.credit import credit_invoice, plan_credit
from invoicing.lifecycle.void import plan_void, void_invoice
from invoicing.models import Invoice, InvoiceLine
from invoicing.transitions import InvalidTransition

MOST_SHOWN: Final = 200
_RANGE = re.compile(r"(\d{1,7})(?:\s*-\s*(\d{1,7}))?")


class CorrectionForm(WhyForm):
    """Why, and what becomes of the work."""

    field_order = ("then", "reason")

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(bound(request), *args, **kwargs)
        self.fields["then"] = then_field(request)
        self.order_fields(("then", "reason"))


class CreditForm(CorrectionForm):
    """Which lines. Ticked ones and typed positions count together; none: all that was not credited before."""

    positions = forms.CharField(
        label=gettext_lazy("Positions"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("As 3, 7-12. With the lines that are ticked; empty and none ticked: all that is left."),
        widget=UnfoldAdminTextInputWidget,
    )
    goodwill = forms.BooleanField(
        label=gettext_lazy("Goodwill: the work stays billed"), required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, request: HttpRequest, document: Invoice) -> None:
        super().__init__(request)
        self.order_fields(("positions", "goodwill", "then", "reason"))
        self.ticked = set(keys_in(request.POST.getlist("line")))
        self.document = document

    def clean_positions(self) -> set[int]:
        """The positions, each in the document; ranges are cut to it."""
        found = set(self.ticked)
        for part in filter(None, (piece.strip() for piece in self.cleaned_data["positions"].split(","))):
            span = _RANGE.fullmatch(part)
            if span is None:
                raise forms.ValidationError(_("Write positions as 3, 7-12."))
            first, last = int(span[1]), int(span[2] or span[1])
            found.update(range(first, min(last, self.document.line_count) + 1) if span[2] else {first})
        return found


class Corrections(DocumentVerbs):
    """Void…, and Credit…"""

    def has_void_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may cancel documents."""
        return self.may(request, object_id, "invoicing.void_invoice")

    def has_credit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may credit documents."""
        return self.may(request, object_id, "invoicing.credit_invoice")

    @action(
        description=gettext_lazy("Void…"), permissions=["void"], icon="block", variant=ActionVariant.DANGER
    )  # fmt: skip
    @needs_password
    @while_it_fits
    def void_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        document, form = self.existing(request, object_id), CorrectionForm(request)
        plan = plan_void(document)
        if not form.is_bound:
            form.initial["seen"] = fingerprint(plan)

        def void() -> str:
            if not form.agrees(fingerprint(plan)):
                raise InvalidTransition(_("The document was changed meanwhile: look at it again."))
            done = void_invoice(
                document.pk, then=form.cleaned_data["then"], reason=form.cleaned_data["reason"],
                by=signed_in(request), at=timezone.now(),
            )  # fmt: skip
            return _("%(document)s is cancelled by %(number)s.") % {"document": document, "number": done.number}

        title = _("Cancel %(document)s?") % {"document": document}
        context = {"plan": shown_plan(plan), "void": True}
        question = Question(
            title, _("Cancel the document"), "invoicing/admin/correction.html", context, form, page_of(object_id)
        )
        return answer(self, request, question, void)

    @action(description=gettext_lazy("Credit…"), permissions=["credit"], icon="undo")
    @while_it_fits
    def credit_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        document = self.existing(request, object_id)
        form = CreditForm(request, document)
        plan = _planned(document, form)

        def credit() -> str:
            if plan is None or not form.agrees(fingerprint(plan)):
                return ""
            given = form.cleaned_data
            done = credit_invoice(
                document.pk, given["positions"], then=given["then"], goodwill=given["goodwill"],
                reason=given["reason"], by=signed_in(request), at=timezone.now(),
            )  # fmt: skip
            return _("Credit note %(number)s takes back %(amount)s.") % {
                "number": done.number, "amount": money(-done.sums.total, document.currency),
            }  # fmt: skip

        title = _("Credit %(document)s?") % {"document": document}
        context = {
            "choices": list(_choices(document, form.ticked)),
            "document": document,
            "unshown": max(0, document.line_count - MOST_SHOWN),
            "plan": shown_plan(plan) if plan else None,
        }
        button = _("Show what it comes to")
        if plan is not None:
            button = _("Credit %(amount)s") % {"amount": money(-plan.sums.total, document.currency)}
        question = Question(title, button, "invoicing/admin/correction.html", context, form, page_of(object_id))
        return answer(self, request, question, credit)


def _planned(document: Invoice, form: CreditForm) -> CorrectionPlan | None:
    """The plan of what was chosen; None before that, and where it is refused, which the form then says."""
    if not (form.is_bound and form.is_valid()):
        return None
    try:
        return plan_credit(document, form.cleaned_data["positions"], goodwill=form.cleaned_data["goodwill"])
    except (InvalidTransition, LookupError) as problem:
        form.add_error(None, str(problem))
        return None


def fingerprint(plan: CorrectionPlan) -> str:
    """What tells this plan from another one of the same document."""
    places = ",".join(str(row.position) for row, _ in plan.lines)
    told = f"{plan.kind}:{plan.sums.total}:{plan.releases}:{places}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def shown_plan(plan: CorrectionPlan) -> dict[str, Any]:
    """The lines that are taken back, the sums, and how many units are given back."""
    currency = plan.first.currency
    return {
        "kind": plan.kind,
        "lines": [
            (row.position, charge.description, money(charge.amount_cents, currency))
            for row, charge in plan.lines[:MOST_SHOWN]
        ],
        "unshown": max(0, len(plan.lines) - MOST_SHOWN),
        "sums": _sums(plan),
        "units": plan.releases,
    }


def _sums(plan: CorrectionPlan) -> Sequence[ShownSum]:
    sums = plan.sums
    taxes = [(line.category, line.rate, line.taxable_cents, line.tax_cents) for line in sums.lines]
    return totals_rows(plan.first.currency, sums.subtotal, sums.discount, taxes, sums.total)


def _choices(document: Invoice, ticked: set[int]) -> Iterator[dict[str, Any]]:
    """The first lines, each with whether it was credited before."""
    gone = set(InvoiceLine.objects.filter(corrects__invoice=document).values_list("corrects_id", flat=True))
    for line in document.lines.order_by("position")[:MOST_SHOWN]:
        yield {
            "position": line.position,
            "description": line.description,
            "quantity": quantity_text(line.quantity, line.unit),
            "price": price_text(line.unit_price, line.price_per, document.currency),
            "amount": money(line.amount_cents, document.currency),
            "gone": line.pk in gone,
            "ticked": line.position in ticked,
        }
