"""Usage of a month that is over asks for the partner's run. Messages are hints: what is due, the rows tell."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

import config
from contracts.models import Management
from gateway_billing import tasks
from gateway_billing.models import Call, ServiceCase, ServiceChange
from invoicing.dispatch import send_on_commit


@receiver(post_save, sender=Call, dispatch_uid="gateway.call_saved")
def call_saved(instance: Call, raw: bool, **_: object) -> None:
    """A call that can be billed."""
    if not raw and instance.status in (Call.Status.COMPLETED, Call.Status.ENDED):
        _ask(instance.company_id, _day(instance.started_at))


@receiver(post_save, sender=ServiceCase, dispatch_uid="gateway.case_saved")
def case_saved(instance: ServiceCase, raw: bool, **_: object) -> None:
    """A case whose output was sent."""
    if not raw and instance.output_sent_at is not None and instance.is_billable and instance.waived_at is None:
        _ask(instance.company_id, _day(instance.output_sent_at))


@receiver(post_save, sender=ServiceChange, dispatch_uid="gateway.change_saved")
def change_saved(instance: ServiceChange, raw: bool, **_: object) -> None:
    """A change that was approved."""
    if not raw and instance.status == ServiceChange.Status.APPROVED and not instance.settled:
        _ask(instance.company_id, instance.service_date)


def _day(moment: datetime) -> date:
    return moment.astimezone(config.billing().zone).date()


def _ask(company: int, day: date) -> None:
    """One message per partner and transaction, for what is not of the month that goes on."""
    if day >= _day(timezone.now()).replace(day=1):
        return
    managed = Management.objects.filter(
        Q(first_day__isnull=True) | Q(first_day__lte=day), Q(last_day__isnull=True) | Q(last_day__gte=day),
        company=company,
    )  # fmt: skip
    for partner in managed.values_list("partner_id", flat=True):
        send_on_commit(tasks.run_partner_months, once=True, partner=partner)
