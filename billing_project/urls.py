"""Addresses of the product."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from billing_project.health import healthz

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
]
