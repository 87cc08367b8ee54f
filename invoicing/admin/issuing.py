"""Issuing drafts: one on its page, many as long work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.enums import ActionVariant

from accounts.desk.asking import Question, ask, is_confirmed, signed_in
from accounts.desk.marks import action
from invoicing.admin.batches import KeyOnly, chosen_keys, start
from invoicing.admin.forms import SeenForm, bound
from invoicing.admin.verbs import DocumentVerbs, answer, page_of, while_it_fits
from invoicing.batches import ISSUE
from invoicing.display import money, sums
from invoicing.draft_review import Outlier, outliers_of
from invoicing.lifecycle.issue import HELD, IssuePlan, issue_invoices, plan_issues
from invoicing.models import Invoice
from invoicing.transitions import InvalidTransition

# So many are tried before they are asked about; the others when they are issued.
MOST_TRIED: Final = 300


class Issuing(DocumentVerbs):
    """Issue…, on the page of a draft and in the list."""

    def has_issue_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether the person may issue, and whether this one is a draft."""
        return self.may(request, object_id, "invoicing.issue_invoice")

    @action(
        description=gettext_lazy("Issue…"), permissions=["issue"], icon="approval", variant=ActionVariant.PRIMARY
    )  # fmt: skip
    @while_it_fits
    def issue_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        draft, form = self.existing(request, object_id), SeenForm(bound(request))
        plans = plan_issues([draft.pk], at=timezone.now())
        ready = any(plan.outcome != HELD for plan in plans)
        seen = _fingerprint(plans)
        if not form.is_bound:
            form.initial["seen"] = seen

        def issue() -> str:
            changed = _("The draft was changed meanwhile: look at it again, and issue it then.")
            if form.cleaned_data["seen"] and not form.agrees(seen):
                raise InvalidTransition(changed)
            with transaction.atomic():
                (plan,) = issue_invoices([draft.pk], at=timezone.now(), by=signed_in(request)) or (None,)
                if plan is None or plan.outcome == HELD:
                    raise InvalidTransition("; ".join(plan.problems) if plan else _("It is no draft any more."))
                # Planned under the lock: a draft that changed in this very moment stays one, and no number is lost.
                if _fingerprint([plan]) != seen:
                    raise InvalidTransition(changed)
            total = money(plan.totals.total, plan.invoice.currency)
            return _("Issued %(number)s: %(total)s") % {"number": plan.number, "total": total}

        context = shown_plans(plans, outliers_of([draft.pk], at=timezone.now()))
        title = _("Issue this draft?") if ready else _("This draft cannot be issued yet")
        button = _("Issue now") if ready else ""
        question = Question(title, button, "invoicing/admin/issue.html", context, form, page_of(object_id))
        return answer(self, request, question, issue)

    @admin.action(description=gettext_lazy("Issue drafts…"), permissions=["issue"])
    def issue(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> HttpResponse | None:
        drafts = chosen_keys(self, request, queryset.filter(status=Invoice.Status.DRAFT))
        if drafts is None:
            return None
        if not drafts:
            self.message_user(request, _("None of these is a draft."), messages.ERROR)
            return None
        form = KeyOnly(bound(request))
        if is_confirmed(request) and form.is_valid():
            return start(request, ISSUE, drafts, form.cleaned_data["key"])
        return ask(self, request, _question(drafts, form), chosen=drafts)


def _question(drafts: Sequence[int], form: KeyOnly) -> Question:
    now, tried = timezone.now(), drafts[:MOST_TRIED]
    plans = plan_issues(tried, at=now)
    ready = sum(plan.outcome != HELD for plan in plans) + len(drafts) - len(tried)
    title = ngettext("Issue %(count)s document?", "Issue %(count)s documents?", ready) % {"count": ready}
    context = {**shown_plans(plans, outliers_of(tried, at=now)), "untried": len(drafts) - len(tried)}
    return Question(title, _("Issue now") if ready else "", "invoicing/admin/issue.html", context, form)


def shown_plans(plans: Sequence[IssuePlan], unusual: dict[int, list[Outlier]]) -> dict[str, Any]:
    """What issuing comes to, for the preview: one row for each draft, and the totals of those that can be issued."""
    total: dict[str, int] = {}
    for plan in plans:
        if plan.outcome != HELD:
            total[plan.invoice.currency] = total.get(plan.invoice.currency, 0) + plan.totals.total
    return {
        "plans": [
            {
                "invoice": plan.invoice,
                "due_on": plan.due_on,
                "problems": plan.problems,
                "warnings": plan.warnings,
                "unusual": len(unusual.get(plan.invoice.pk, ())),
                "total": money(plan.totals.total, plan.invoice.currency) if plan.sums.totals else "-",
            }
            for plan in plans
        ],
        "held": sum(plan.outcome == HELD for plan in plans),
        "total": sums(total),
    }


def _fingerprint(plans: Sequence[IssuePlan]) -> str:
    return ";".join(
        f"{plan.invoice.pk}:{plan.invoice.line_count}:{plan.sums.totals.total if plan.sums.totals else '-'}"
        for plan in plans
    )
