"""What of the gateway can be claimed by a line."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from gateway_billing.models import Call, FeeSchedule, OutputConfiguration, ServiceCase, ServiceChange, ServicePrice
from gateway_billing.released import lock_partners_of, take_back
from invoicing.sources import Owner, SourceKind, references_of
from rating.gateway import kinds

PARTNERS = Owner(lock_partners_of, take_back)
UNITS = (
    SourceKind(kinds.CALL, _("call"), references_of(Call), PARTNERS),
    SourceKind(kinds.CASE, _("service case"), references_of(ServiceCase), PARTNERS),
    SourceKind(kinds.SERVICE_PRICE, _("service price"), references_of(ServicePrice), PARTNERS),
    SourceKind(kinds.SERVICE_CHANGE, _("service change"), references_of(ServiceChange), PARTNERS),
    SourceKind(kinds.SETUP_FEE, _("setup fee"), references_of(FeeSchedule), PARTNERS),
    SourceKind(kinds.FLAT_FEE, _("flat fee"), references_of(OutputConfiguration), PARTNERS),
)
