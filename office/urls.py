"""Addresses of the pages that belong to no single table, below /admin/."""

from django.urls import path, reverse_lazy
from django.utils.text import format_lazy
from django.views.generic import RedirectView

from accounts.admin.second_factor import SecondFactorPage, SetUpPage
from gateway_billing.admin.margins import MarginView
from gateway_billing.admin.month import MonthView
from gateway_billing.admin.partner import PartnerMonthView
from gateway_billing.admin.statement import AnnexView, StatementView
from office.reports.activity import ActivityView
from office.reports.audit import AuditView
from office.reports.exports import ExportView
from office.reports.failed import FailedView
from office.reports.queues import QueueView
from office.reports.unbilled import UnbilledView
from tickets.admin.enrolled_client import EnrolledClientView, OwnTermsView
from tickets.admin.enrolment import EnrolmentView
from tickets.admin.live_example import ExampleView, NewExampleView
from tickets.admin.what_if import WhatIfView

TO_APPROVE = format_lazy("{}?approval=waiting", reverse_lazy("admin:tickets_timeentry_changelist"))
urlpatterns = [
    path("second-factor/", SecondFactorPage.as_view(), name="second-factor"),
    path("second-factor/set-up/", SetUpPage.as_view(), name="second-factor-set-up"),
    path("gateway/months/", MonthView.as_view(), name="gateway-months"),
    path("gateway/months/<str:label>/", MonthView.as_view(), name="gateway-month"),
    path("gateway/months/<str:label>/<int:partner>/", PartnerMonthView.as_view(), name="gateway-partner-month"),
    path("gateway/margins/", MarginView.as_view(), name="gateway-margin"),
    path("gateway/margins/<str:label>/", MarginView.as_view(), name="gateway-margins"),
    path("gateway/statements/<int:document>/annex.csv", AnnexView.as_view(), name="gateway-annex"),
    path("gateway/statements/<int:document>/<int:company>/", StatementView.as_view(), name="gateway-statement"),
    path(
        "gateway/statements/<int:document>/<int:company>/annex.csv",
        AnnexView.as_view(),
        name="gateway-company-annex",
    ),
    path("reports/activity/", ActivityView.as_view(), name="report-activity"),
    path("reports/failed/", FailedView.as_view(), name="report-failed"),
    path("reports/queues/", QueueView.as_view(), name="report-queues"),
    path("reports/unbilled/", UnbilledView.as_view(), name="report-unbilled"),
    path("reports/audit/", AuditView.as_view(), name="report-audit"),
    path("reports/exports/", ExportView.as_view(), name="report-exports"),
    path("enrolment/", EnrolmentView.as_view(), name="enrolment"),
    path("enrolment/<int:client>/", EnrolledClientView.as_view(), name="enrolment-client"),
    path("enrolment/<int:client>/terms/", OwnTermsView.as_view(), name="enrolment-terms"),
    path("tickets/time-to-approve/", RedirectView.as_view(url=TO_APPROVE), name="time-to-approve"),
    path("contracts/contract/<int:contract>/example/", ExampleView.as_view(), name="contract-example"),
    path("contracts/contract/add/example/", NewExampleView.as_view(), name="contract-new-example"),
    path("contracts/contract/<int:contract>/what-if/", WhatIfView.as_view(), name="contract-what-if"),
]
