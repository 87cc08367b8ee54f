"""Recurring and single charges as units that a line can claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext_noop as _

from contracts.models import ClientCharge, RecurringCharge
from contracts.models.base import ExternalRecord
from invoicing.sources import SourceKind
from rating import recurring, single_charge


def _references(model: type[ExternalRecord]) -> Callable[[Iterable[int]], Mapping[int, str]]:
    def find(keys: Iterable[int]) -> Mapping[int, str]:
        return dict(model._default_manager.filter(pk__in=list(keys)).values_list("pk", "external_id"))

    return find


UNITS = (
    SourceKind(recurring.KIND, _("recurring charge"), _references(RecurringCharge)),
    SourceKind(single_charge.KIND, _("charge"), _references(ClientCharge)),
)
