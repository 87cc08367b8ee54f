"""Which configuration puts out the cases of a company that name none."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from gateway_billing.models import OutputConfiguration
from invoicing import audit
from invoicing.reasons import stated


@transaction.atomic
def make_default(configuration: int, *, reason: str, by: str, at: datetime) -> None:
    """Make it the company's default instead of the one that is; nothing happens where it is that already.

    Raises ValueError without a reason, DoesNotExist for a configuration that is not there.
    """
    given = stated(reason)
    company = OutputConfiguration.objects.values_list("company", flat=True).get(pk=configuration)
    ours = OutputConfiguration.objects.select_for_update(no_key=True).filter(company=company).order_by("pk")
    before = [one.pk for one in ours if one.default]
    if before == [configuration]:
        return
    OutputConfiguration.objects.filter(pk__in=before).update(default=False)
    OutputConfiguration.objects.filter(pk=configuration).update(default=True)
    chosen = OutputConfiguration.objects.get(pk=configuration)
    audit.record("output_configuration.default", chosen, by=by, at=at, reason=given, data={"before": before})
