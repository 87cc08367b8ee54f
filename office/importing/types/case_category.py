"""Case categories: kinds of cases of a company, each with its output."""

from __future__ import annotations

from gateway_billing.models import CaseCategory
from office.importing.keys import Of
from office.importing.owners import MANAGED, another_company
from office.importing.record_type import RecordType

of = Of(CaseCategory)

CASE_CATEGORY = RecordType(
    "case_category",
    CaseCategory,
    keys=(
        of.reference("company", "client", fixed=True),
        of.text("name"),
        of.reference("output_configuration", "output_configuration").needed(),
    ),
    checks=(MANAGED, another_company("output_configuration", "output_configuration", "category")),
)
