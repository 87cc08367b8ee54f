"""Recurring and single charges as units that a line can claim."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from contracts.models import ClientCharge, RecurringCharge
from invoicing.sources import SourceKind, references_of
from rating import recurring, single_charge

UNITS = (
    SourceKind(recurring.KIND, _("recurring charge"), references_of(RecurringCharge)),
    SourceKind(single_charge.KIND, _("single charge"), references_of(ClientCharge)),
)
