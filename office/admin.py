"""The first page of the admin shows what waits instead of a list of tables."""

from django.contrib import admin

admin.site.index_template = "office/home.html"
admin.site.index_title = "Home"
