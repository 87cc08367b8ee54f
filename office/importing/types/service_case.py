"""Service cases of managed companies, by the thousand."""

from __future__ import annotations

from gateway_billing.models import ServiceCase
from office.importing.claimed import claim_mark, frozen, mark, marked, release_mark
from office.importing.keys import Of
from office.importing.owners import MANAGED, another_company
from office.importing.record_type import Check, RecordType, bits_of, columns_of
from rating.gateway.kinds import CASE

of = Of(ServiceCase)

_KEYS = (
    of.reference("company", "client", fixed=True),
    of.moment("created_at"),
    of.choice("output_status").needed(),
    of.moment("output_sent_at"),
    of.reference("category", "case_category"),
    of.text("subject"),
    mark(CASE),
)
# A case whose output is to be sent again, or failed, was not sent; a line need not say so twice.
_NOT_SENT = (
    "UPDATE import_service_case i SET output_sent_at = NULL WHERE i.output_status <> 'sent'"
    f" AND i.given & {bits_of(columns_of(_KEYS))['output_sent_at']} = 0 AND i.output_sent_at IS NOT NULL"
)

SERVICE_CASE = RecordType(
    "service_case",
    ServiceCase,
    keys=_KEYS,
    derive=(_NOT_SENT,),
    checks=(
        MANAGED,
        another_company("category", "case_category", "case"),
        Check(
            "output_sent_at",
            "i.output_status = 'sent' AND i.output_sent_at IS NULL",
            "'is missing for a case that was sent'",
        ),
        Check(
            "output_sent_at",
            "i.output_status <> 'sent' AND i.output_sent_at IS NOT NULL",
            "format('cannot stand beside the output status %s', i.output_status)",
        ),
        Check("output_sent_at", "i.output_sent_at < i.created_at", "'is before created_at'"),
        marked(CASE),
        Check(
            "billed_elsewhere",
            "i.billed_elsewhere <> '' AND t.waived_at IS NOT NULL",
            "'cannot be set: the case was waived by ' || t.waived_by",
        ),
        *frozen(
            CASE,
            (
                ("created_at", "i.created_at", "t.created_at"),
                ("output_status", "i.output_status", "t.output_status"),
                ("output_sent_at", "i.output_sent_at", "t.output_sent_at"),
                ("category", "i.category_key", "was_category_key.external_id"),
            ),
        ),
    ),
    before=(release_mark(CASE, "service_case"),),
    after=(claim_mark(CASE, "service_case", "gateway_billing_servicecase"),),
)
