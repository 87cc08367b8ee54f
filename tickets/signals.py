"""From saved tickets to events, and from events to billing. Messages are hints: what is due is a column."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

import config
from invoicing.dispatch import send_on_commit
from tickets import tasks
from tickets.automation import billing_statuses
from tickets.events import TicketClosed, TicketCreated, TicketEvent, TicketResolved, announce, happened
from tickets.models import Ticket
from tickets.usage import record_use


@receiver(post_save, sender=Ticket, dispatch_uid="tickets.announce_changes")
def announce_changes(instance: Ticket, created: bool, raw: bool, **_: object) -> None:
    """Announce each change of state once: compared with what the row held, not with what the object remembers."""
    if raw:
        return
    if created:
        announce(TicketCreated(instance, instance.acting, instance.created_at))
    if instance.status == instance.status_before:
        return
    if instance.status == Ticket.Status.CLOSED:
        announce(TicketClosed(instance, instance.acting, instance.closed_at or timezone.now()))
    elif instance.status == Ticket.Status.RESOLVED:
        announce(TicketResolved(instance, instance.acting, instance.resolved_at or timezone.now()))


@receiver(happened, sender=TicketClosed, dispatch_uid="tickets.ask_for_billing_closed")
@receiver(happened, sender=TicketResolved, dispatch_uid="tickets.ask_for_billing_resolved")
def ask_for_billing(event: TicketEvent, **_: object) -> None:
    """Note when the ticket is due, with the change itself; without a delay also send a message."""
    settings = config.billing()
    ticket = event.ticket
    if ticket.status not in billing_statuses(settings):
        return
    ticket.bill_after = event.at + timedelta(minutes=settings.delay_minutes)
    Ticket.objects.filter(pk=ticket.pk).update(bill_after=ticket.bill_after)
    if not settings.delay_minutes and settings.ticket_billing_enabled:
        send_on_commit(tasks.bill_ticket, ticket_id=ticket.pk)


@receiver(happened, sender=TicketCreated, dispatch_uid="tickets.record_usage")
def record_usage(event: TicketCreated, **_: object) -> None:
    """Count the ticket as a use of its contract; what comes without a signal is counted when it is billed."""
    record_use(event.ticket, at=event.at)
