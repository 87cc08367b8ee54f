"""The form of a time entry: time is typed in hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy

from accounts.desk.hours import HoursField
from tickets.models import TimeEntry

if TYPE_CHECKING:
    _TimeEntryForm = forms.ModelForm[TimeEntry]
else:
    _TimeEntryForm = forms.ModelForm


class TimeEntryForm(_TimeEntryForm):
    seconds_worked = HoursField(
        label=gettext_lazy("Time worked"),
        required=False,
        help_text=gettext_lazy("As 1.50 or 1:30. Empty: from start, end and pauses."),
    )
    paused_seconds = HoursField(label=gettext_lazy("Pauses"), required=False, help_text=gettext_lazy("In hours."))

    class Meta:
        model = TimeEntry
        fields = "__all__"

    def clean_paused_seconds(self) -> int:
        """No pause is a pause of nothing."""
        return int(self.cleaned_data["paused_seconds"] or 0)
