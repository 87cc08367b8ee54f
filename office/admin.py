"""The first page of the admin shows what waits instead of a list of tables."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

admin.site.index_template = "office/home.html"
admin.site.index_title = gettext_lazy("Home")
