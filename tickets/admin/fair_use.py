"""Months in which an unlimited plan was used more than expected: a person decides."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.enums import ActionVariant

from accounts.desk import refusals
from accounts.desk.asking import Question, ask, is_confirmed, reason_form, signed_in
from accounts.desk.marks import action, display, stored_sentence
from accounts.desk.pages import ReadOnlyPage
from accounts.desk.searching import Of
from contracts.models import FairUseReview
from invoicing.transitions import InvalidTransition
from tickets.fair_use import decide_fair_use, waiting_for_review

DECISION = {"pending": "warning", "bill": "success", "cover": "info"}


@admin.register(FairUseReview)
class FairUsePage(ReadOnlyPage):
    """What was found, what was decided, and by whom."""

    list_display = ("month_label", "contract", "what_was_found", "decided", "decided_by", "decided_at")
    list_filter = ("decision", "month")
    list_select_related = ("contract__client",)
    ways = (Of("contract"),)
    search_help_text = gettext_lazy("Contract or client")
    ordering = ("-month", "-pk")
    fields = (("contract", "month"), "what_was_found", ("decision", "decided_by", "decided_at"), "flagged_at")
    readonly_fields = ("what_was_found",)
    actions_detail = ("bill_excess", "leave_covered")

    what_was_found = stored_sentence("finding", description=gettext_lazy("finding"))

    def name_of(self, row: FairUseReview) -> str:
        return f"{row.contract}, {row.month:%Y-%m}"

    @display(description=gettext_lazy("Month"), ordering="month")
    def month_label(self, review: FairUseReview) -> str:
        return f"{review.month:%Y-%m}"

    @display(description=gettext_lazy("Decision"), ordering="decision", label=DECISION)
    def decided(self, review: FairUseReview) -> tuple[str, str]:
        return review.decision, review.get_decision_display()

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:  # noqa: ARG002
        """Whether the person decides about the use of unlimited plans."""
        return bool(request.user.has_perm("contracts.change_fairusereview"))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """What is decided is decided."""
        review = self.get_object(request, str(object_id))
        undecided = review is not None and review.decision == FairUseReview.Decision.PENDING
        found: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return found if undecided else []

    @action(
        description=gettext_lazy("Bill the excess…"), permissions=["decide"], icon="receipt_long",
        variant=ActionVariant.PRIMARY,
    )  # fmt: skip
    def bill_excess(self, request: HttpRequest, object_id: str) -> HttpResponse:
        title, note = _("Bill the excess?"), _("What is more than three times the usual is billed.")
        return self._decide(request, object_id, "bill", title, note)

    @action(description=gettext_lazy("Leave it covered…"), permissions=["decide"], icon="check")
    def leave_covered(self, request: HttpRequest, object_id: str) -> HttpResponse:
        title, note = _("Leave it covered?"), _("Nothing is billed up to the hard limit.")
        return self._decide(request, object_id, "cover", title, note)

    def _decide(self, request: HttpRequest, object_id: str, decision: str, title: str, note: str) -> HttpResponse:
        review = self.get_object(request, object_id)
        if not isinstance(review, FairUseReview):
            raise Http404("there is no such review")
        form, back = reason_form(request), reverse("admin:contracts_fairusereview_change", args=[review.pk])
        try:
            if not (is_confirmed(request) and form.is_valid()):
                waiting = waiting_for_review(review.contract).count()
                words = ngettext("%(n)s ticket waits for it.", "%(n)s tickets wait for it.", waiting) % {"n": waiting}
                context = {"review": review, "note": note, "waiting": words}
                question = Question(title, title.rstrip("?"), "tickets/admin/fair_use.html", context, form, back)
                return ask(self, request, question)
            reason = form.cleaned_data["reason"]
            decide_fair_use(review.pk, decision, reason=reason, by=signed_in(request), at=timezone.now())
        except InvalidTransition as problem:
            self.message_user(request, str(problem), messages.WARNING)
        except DatabaseError as problem:
            refused = refusals.sentence(problem)
            if not refused:
                raise
            self.message_user(request, refused, messages.ERROR)
        else:
            self.message_user(request, _("Decided. The tickets that waited for it are billed next."), messages.SUCCESS)
        return HttpResponseRedirect(back)
