"""What the EU's register answered about VAT ids. To be read; questions are asked by the product itself."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy

from accounts.desk.marks import display, stored_sentence
from accounts.desk.pages import ReadOnlyPage
from accounts.desk.searching import Words
from invoicing.models import VatCheck

OUTCOME = {"valid": "success", "invalid": "danger", "unavailable": "warning"}


@admin.register(VatCheck)
class VatCheckPage(ReadOnlyPage):
    """Questions and answers, the newest first; the newest answer of a VAT id counts."""

    list_display = ("vat_id", "outcome_label", "asked_at", "name", "consultation_number", "what_failed")
    list_filter = ("outcome", "asked_at")
    ways = (Words("vat_id", "name", "consultation_number"),)
    search_help_text = gettext_lazy("VAT id, name or number of the consultation")
    ordering = ("-pk",)
    fields = (("vat_id", "outcome", "asked_at"), ("name", "address"), ("consultation_number", "what_failed"))
    readonly_fields = ("what_failed",)

    what_failed = stored_sentence("problem", description=gettext_lazy("problem"))

    @display(description=gettext_lazy("Answer"), ordering="outcome", label=OUTCOME)
    def outcome_label(self, check: VatCheck) -> tuple[str, str]:
        return check.outcome, check.get_outcome_display()
