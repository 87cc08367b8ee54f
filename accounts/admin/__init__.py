"""Pages about people: who they are, what they may do, and their second factor."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.admin import people  # noqa: F401 - registers its page

# What a person may do follows from the role alone; and nobody reads the secrets of a device.
for model in (Group, StaticDevice, TOTPDevice):
    admin.site.unregister(model)
