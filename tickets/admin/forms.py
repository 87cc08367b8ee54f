"""The form of a time entry: time is typed in hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from accounts.desk.hours import HoursField
from tickets.models import TimeEntry

if TYPE_CHECKING:
    _TimeEntryForm = forms.ModelForm[TimeEntry]
else:
    _TimeEntryForm = forms.ModelForm


class TimeEntryForm(_TimeEntryForm):
    seconds_worked = HoursField(
        label="Time worked", required=False, help_text="As 1.50 or 1:30. Empty: from start, end and pauses."
    )
    paused_seconds = HoursField(label="Pauses", required=False, help_text="In hours.")

    class Meta:
        model = TimeEntry
        fields = "__all__"

    def clean_paused_seconds(self) -> int:
        """No pause is a pause of nothing."""
        return int(self.cleaned_data["paused_seconds"] or 0)
