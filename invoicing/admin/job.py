"""Long work that people asked for: how far it is, and what came of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk.asking import Question, ask, is_confirmed, reason_form, signed_in
from accounts.desk.choices import Held
from accounts.desk.marks import action, display, stored_sentence
from accounts.desk.pages import ReadOnlyPage
from invoicing.jobs import kind_of
from invoicing.models import Job
from invoicing.parked import try_job_again
from invoicing.transitions import InvalidTransition

STATUS = {"queued": "info", "running": "info", "done": "success", "failed": "danger"}
UNENDED = (Job.Status.QUEUED, Job.Status.RUNNING)


def page_of_job(job: Job) -> HttpResponseRedirect:
    """Where a person watches the job."""
    return HttpResponseRedirect(reverse("admin:invoicing_job_change", args=[job.pk]))


class KindFilter(Held):
    """By what is done."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, label_of(Job(kind=name))) for name, _name in super().lookups(request, model_admin)]


@admin.register(Job)
class JobPage(ReadOnlyPage):
    list_display = ("label", "status_label", "how_far", "queued_by", "queued_at", "finished_at", "problem")
    list_filter = ("status", KindFilter, "queued_at")
    ordering = ("-pk",)
    fields = (("queued_by", "queued_at", "finished_at"),)
    change_form_outer_before_template = "invoicing/admin/job.html"
    actions_detail = ("retry",)

    problem = stored_sentence("last_error", description=gettext_lazy("last error"))

    def name_of(self, row: Job) -> str:
        return f"{label_of(row)} {row.pk}"

    @display(description=gettext_lazy("Work"))
    def label(self, job: Job) -> str:
        return label_of(job)

    @display(description=gettext_lazy("Status"), ordering="status", label=STATUS)
    def status_label(self, job: Job) -> tuple[str, str]:
        return job.status, job.get_status_display()

    @display(description=gettext_lazy("Done"))
    def how_far(self, job: Job) -> str:
        return f"{job.done} / {job.total}" if job.total is not None else str(job.done or "-")

    def has_retry_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whoever asked for it, or administrates, may have a failed job tried again."""
        job = Job.objects.filter(pk=object_id or 0, status=Job.Status.FAILED).first()
        administers = request.user.has_perm("invoicing.switch_automation")
        return job is not None and (administers or job.queued_by == request.user.get_username())

    @action(description=gettext_lazy("Try again"), permissions=["retry"], icon="replay")
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        form = reason_form(request)
        if not (is_confirmed(request) and form.is_valid()):
            return ask(self, request, Question(_("Try again?"), _("Try again"), form=form, back="../change/"))
        reason = form.cleaned_data["reason"]
        try:
            try_job_again(int(object_id), reason=reason, by=signed_in(request), at=timezone.now())
        except InvalidTransition as problem:
            self.message_user(request, str(problem), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:invoicing_job_change", args=[object_id]))

    def beside_form(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        """Above the form: how far the work is, and its result."""
        job = self.get_object(request, object_id) if object_id else None
        if job is None:
            return {}
        shown = {"job": job, "job_label": label_of(job), "unended": job.status in UNENDED}
        if job.status == Job.Status.DONE and "dismissed" not in job.result:
            shown["result_template"] = kind_of(job).template
        return shown


def label_of(job: Job) -> str:
    """The job in words; of a kind that is not known, its name."""
    try:
        return _(kind_of(job).label)
    except LookupError:
        return job.kind
