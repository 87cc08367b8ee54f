"""Addresses of the product."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from billing_project.health import healthz
from billing_project.metrics import metrics
from invoicing.stripe.webhook import stripe_webhook

handler403 = "accounts.lost.not_permitted"
handler404 = "accounts.lost.not_found"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("webhooks/stripe/", stripe_webhook, name="stripe-webhook"),
    path("admin/language/", set_language, name="set_language"),
    path("admin/", include("office.urls")),
    path("admin/", admin.site.urls),
]
