"""What of the gateway can be claimed by a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext_noop as _

from contracts.models.base import ExternalRecord
from gateway_billing.models import Call, FeeSchedule, OutputConfiguration, ServiceCase, ServiceChange, ServicePrice
from gateway_billing.released import lock_partners_of, take_back
from invoicing.sources import Owner, SourceKind
from rating.gateway import kinds


def _references(model: type[ExternalRecord]) -> Callable[[Iterable[int]], Mapping[int, str]]:
    def find(keys: Iterable[int]) -> Mapping[int, str]:
        return dict(model._default_manager.filter(pk__in=list(keys)).values_list("pk", "external_id"))

    return find


PARTNERS = Owner(lock_partners_of, take_back)
UNITS = (
    SourceKind(kinds.CALL, _("call"), _references(Call), PARTNERS),
    SourceKind(kinds.CASE, _("service case"), _references(ServiceCase), PARTNERS),
    SourceKind(kinds.SERVICE_PRICE, _("service price"), _references(ServicePrice), PARTNERS),
    SourceKind(kinds.SERVICE_CHANGE, _("service change"), _references(ServiceChange), PARTNERS),
    SourceKind(kinds.SETUP_FEE, _("setup fee"), _references(FeeSchedule), PARTNERS),
    SourceKind(kinds.FLAT_FEE, _("flat fee"), _references(OutputConfiguration), PARTNERS),
)
