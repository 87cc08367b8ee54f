"""Money of a document that people record: what came in, what went back, and what is given up."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from accounts.desk.asking import Question, signed_in
from accounts.desk.marks import action
from accounts.desk.step_up import needs_password
from accounts.language import choices_of
from invoicing.admin.forms import CentsField, KeyForm, WhyForm, bound
from invoicing.admin.verbs import DocumentVerbs, answer, page_of, while_it_fits
from invoicing.display import money
from invoicing.lifecycle.payments import mark_uncollectible, record_payment
from invoicing.lifecycle.totals import issue_day
from invoicing.models import Invoice, Payment
from rating.money import to_major

REFUND = "refund"
LONG_AGO: Final = date(2000, 1, 1)


def _by_hand() -> list[tuple[str, str]]:
    return [choice for choice in choices_of(Payment, "method") if choice[0] != Payment.Method.STRIPE]


class DayInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]  # the theme has no types
    """A day, chosen in the browser's own calendar."""

    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        if value is None:
            return None
        return value.isoformat() if isinstance(value, date) else str(value)


class PaymentForm(KeyForm):
    """A payment, or a refund, as it stands on the bank statement."""

    way = forms.ChoiceField(
        label=gettext_lazy("Direction"), widget=UnfoldAdminSelectWidget,
        choices=[("payment", gettext_lazy("came in")), (REFUND, gettext_lazy("went back"))],
    )  # fmt: skip
    received_on = forms.DateField(label=gettext_lazy("Day"), widget=DayInput)
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=_by_hand, widget=UnfoldAdminSelectWidget)
    reference = forms.CharField(
        label=gettext_lazy("Reference"), max_length=200, widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("As on the bank statement."),
    )  # fmt: skip
    again = forms.BooleanField(
        label=gettext_lazy("It is another payment of the same day, amount and reference"), required=False,
        widget=UnfoldBooleanWidget,
    )  # fmt: skip

    more = forms.BooleanField(
        label=gettext_lazy("More came in than is left to pay"), required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, request: HttpRequest, document: Invoice) -> None:
        currency, left = document.currency, max(0, document.open_cents)
        self.document = document
        super().__init__(bound(request), initial={"received_on": issue_day(timezone.now())})
        label = _("Amount in %(currency)s") % {"currency": currency}
        self.fields["amount"] = CentsField(
            currency, label, min_value=0, initial=to_major(left, currency) if left else None
        )  # fmt: skip
        self.fields["reason"].required = False
        self.fields["reason"].label = _("Note")
        self.order_fields(("way", "amount", "received_on", "method", "reference", "reason", "more", "again"))

    def clean_received_on(self) -> date:
        """A day on which money can have come: not to come yet, and not a slip of the century."""
        day: date = self.cleaned_data["received_on"]
        if not LONG_AGO <= day <= issue_day(timezone.now()):
            raise forms.ValidationError(_("Say the day on which the money moved; it is not in the future."))
        return day

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        left = max(0, self.document.open_cents)
        if given.get("way") == REFUND and "amount" in given:
            given["amount"] = -given["amount"]
            if not given.get("reason"):
                self.add_error("reason", _("Say why the money went back."))
        elif given.get("amount", 0) > left and not given["more"]:
            told = _("Only %(left)s is left to pay. If more came in, say so below.")
            self.add_error("amount", told % {"left": money(left, self.document.currency)})
        return given


class Payments(DocumentVerbs):
    """Record payment…, and Uncollectible…"""

    def has_pay_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may record payments, and whether this one takes any."""
        return self.may(request, object_id, "invoicing.record_payment")

    def has_give_up_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may give up a payment, and whether this one waits for one."""
        return self.may(request, object_id, "invoicing.void_invoice")

    @action(description=gettext_lazy("Record payment…"), permissions=["pay"], icon="payments")
    @needs_password
    @while_it_fits
    def pay_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        document = self.existing(request, object_id)
        form = PaymentForm(request, document)

        def pay() -> str:
            given = form.cleaned_data
            paid = record_payment(
                document.pk, given["amount"], received_on=given["received_on"], reference=given["reference"],
                method=given["method"], again=given["again"], reason=given["reason"], key=given["key"],
                by=signed_in(request), at=timezone.now(),
            )  # fmt: skip
            now = Invoice.objects.get(pk=document.pk)
            left = money(abs(now.open_cents), now.currency)
            said = _("overpaid by %(amount)s") if now.open_cents < 0 else _("left to pay: %(amount)s")
            return _("%(amount)s recorded, %(rest)s") % {
                "amount": money(paid.amount_cents, now.currency), "rest": said % {"amount": left},
            }  # fmt: skip

        title = _("Record money of %(document)s") % {"document": document}
        context = {"document": document, "figures": figures(document)}
        question = Question(title, _("Record"), "invoicing/admin/pay.html", context, form, page_of(object_id))
        return answer(self, request, question, pay)

    @action(description=gettext_lazy("Uncollectible…"), permissions=["give_up"], icon="money_off")
    @needs_password
    @while_it_fits
    def give_up_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        document, form = self.existing(request, object_id), WhyForm(bound(request))

        def give_up() -> str:
            mark_uncollectible(
                document.pk, reason=form.cleaned_data["reason"], by=signed_in(request), at=timezone.now()
            )
            return _("%(document)s is uncollectible.") % {"document": document}

        title = _("Give up the payment of %(document)s?") % {"document": document}
        context = {"document": document, "figures": figures(document), "gives_up": True}
        question = Question(
            title, _("Mark as uncollectible"), "invoicing/admin/pay.html", context, form, page_of(object_id)
        )  # fmt: skip
        return answer(self, request, question, give_up)


def figures(document: Invoice) -> list[tuple[str, str]]:
    """What the document asks for, what came, what was credited, and what is left."""
    currency = document.currency
    rows = [(_("Total"), document.total_cents or 0), (_("Paid"), document.paid_cents)]
    if document.credited_cents:
        rows.append((_("Credited"), document.credited_cents))
    rows.append((_("Left to pay"), document.open_cents))
    return [(label, money(cents, currency)) for label, cents in rows]
