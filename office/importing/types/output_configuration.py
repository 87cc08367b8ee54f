"""Output configurations: how cases of a company are put out, and at which prices."""

from __future__ import annotations

from gateway_billing.models import OutputConfiguration
from office.importing.keys import Of
from office.importing.owners import MANAGED
from office.importing.record_type import Check, RecordType
from office.importing.values import integer

of = Of(OutputConfiguration)

_MOST_CENTS = 10**12
_PRICES = ("base_price_cents", "email_price_cents", "webhook_price_cents", "monthly_flat_price_cents")

# One default passes to another in one file: the old one goes first, as the database looks at each row by itself.
_NO_LONGER_DEFAULT = (
    'UPDATE gateway_billing_outputconfiguration t SET "default" = false FROM import_output_configuration i'
    ' WHERE t.id = i.pk AND t."default" AND NOT i."default"'
)

OUTPUT_CONFIGURATION = RecordType(
    "output_configuration",
    OutputConfiguration,
    keys=(
        of.reference("company", "client", fixed=True),
        of.choice("output_type"),
        of.choice("billing_mode").needed(),
        of.boolean("active"),
        *(of.value(price, integer(0, _MOST_CENTS)) for price in _PRICES),
        of.boolean("default"),
    ),
    checks=(
        MANAGED,
        Check(
            "default",
            'o.key <> i.key AND i."default" AND o."default"',
            "format('is also said of %s: a company has one default', to_json(o.key))",
            " JOIN import_output_configuration o ON o.company_key = i.company_key",
        ),
        Check(
            "default",
            'i."default" AND o."default"'
            " AND NOT EXISTS (SELECT FROM import_output_configuration x WHERE x.key = o.external_id)",
            "format('is already %s: a company has one default', to_json(o.external_id))",
            " JOIN contracts_client c ON c.external_id = i.company_key"
            " JOIN gateway_billing_outputconfiguration o ON o.company_id = c.id",
        ),
    ),
    before=(_NO_LONGER_DEFAULT,),
)
