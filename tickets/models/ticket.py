"""A support request, and what became of billing it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.acting import act_as
from accounts.words import word_index
from contracts.models import Client, Contact, Contract
from contracts.models.base import ExternalRecord, not_negative, one_of
from invoicing.transitions import Stateful
from tickets.querysets import TicketQuerySet

if TYPE_CHECKING:
    from datetime import datetime


# By itself, or nobody said who.
NOBODY = "system"


class TicketStatus(models.TextChoices):
    NEW = "new"
    OPEN = "open"
    IN_PROGRESS = "in_progress", "in progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class TicketPriority(models.TextChoices):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class TicketBilling(models.TextChoices):
    UNBILLED = "unbilled"
    HELD = "held"  # a person must act; see billing_reason
    SKIPPED = "skipped"  # nothing to bill as things stand; any change puts it back
    COVERED = "covered"
    BILLED = "billed"
    WAIVED = "waived"


class Ticket(Stateful, ExternalRecord):
    """A support request. What it still owes is state with a reason, not a guess from its lines."""

    Status = TicketStatus
    Priority = TicketPriority
    Billing = TicketBilling

    STATE = "billing_status"
    OWNED = frozenset({
        "billing_reason", "billing_detail", "billing_decided_at", "billing_attempts", "lost_workers", "bill_after",
        "first_billed_at",
    })  # fmt: skip
    MOVES: ClassVar = {
        Billing.UNBILLED: frozenset(
            {Billing.HELD, Billing.SKIPPED, Billing.COVERED, Billing.BILLED, Billing.WAIVED, Billing.UNBILLED}
        ),
        Billing.HELD: frozenset({Billing.UNBILLED, Billing.SKIPPED, Billing.COVERED, Billing.BILLED, Billing.WAIVED}),
        Billing.SKIPPED: frozenset({Billing.UNBILLED, Billing.HELD, Billing.COVERED, Billing.BILLED, Billing.WAIVED}),
        Billing.COVERED: frozenset({Billing.UNBILLED}),  # its claims were released, or new work came in
        Billing.BILLED: frozenset({Billing.UNBILLED}),  # its document was cancelled, or new work came in
        Billing.WAIVED: frozenset({Billing.UNBILLED}),  # released by a person
    }
    FINISHED = (Status.CLOSED, Status.RESOLVED)

    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets")
    number = models.CharField(max_length=50)
    subject = models.CharField(max_length=300)
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.NEW)
    ticket_type = models.CharField(max_length=50, blank=True)
    priority = models.CharField(max_length=8, choices=Priority.choices, default=Priority.MEDIUM)
    billable = models.BooleanField(default=True)
    internal = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.GeneratedField(
        expression=Coalesce("closed_at", "resolved_at"), output_field=models.DateTimeField(null=True), db_persist=True
    )
    resolved_by = models.CharField(max_length=150, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)
    billed_elsewhere = models.CharField(
        max_length=100, blank=True, help_text="Reference of the former system that billed this ticket's fee."
    )
    strategy_override = models.CharField(max_length=30, blank=True)
    hourly_rate_override = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    forced = models.BooleanField(default=False, help_text="A person wants it billed although it need not be.")
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)

    billing_status = models.CharField(max_length=8, choices=Billing.choices, default=Billing.UNBILLED, editable=False)
    billing_reason = models.CharField(max_length=40, blank=True, editable=False)
    billing_detail = models.CharField(max_length=500, blank=True, editable=False)
    billing_decided_at = models.DateTimeField(null=True, editable=False)
    # When its fee, allowance and first work were settled; what comes later is supplementary. Released with that work.
    first_billed_at = models.DateTimeField(null=True, editable=False)
    bill_after = models.DateTimeField(null=True, editable=False, help_text="Empty: due as soon as it is closed.")
    billing_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    lost_workers = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        permissions = [
            ("bill_ticket", "Can bill tickets by hand"),
            ("force_billing", "Can force billing"),
            ("waive_billing", "Can waive billing"),
            ("hold_billing", "Can hold billing"),
            ("release_billing", "Can release held or waived tickets"),
            ("override_strategy", "Can choose the strategy"),
            ("override_rate", "Can set the rate"),
            ("approve_ticket", "Can approve tickets above the threshold"),
        ]
        constraints = [
            one_of("status", TicketStatus.values, "tickets_ticket_status_known"),
            one_of("priority", TicketPriority.values, "tickets_ticket_priority_known"),
            one_of("billing_status", TicketBilling.values, "tickets_ticket_billing_status_known"),
            not_negative("hourly_rate_override", "tickets_ticket_rate_override_not_negative"),
            models.CheckConstraint(
                condition=~Q(status="closed") | Q(closed_at__isnull=False), name="tickets_ticket_closed_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(status="resolved") | Q(resolved_at__isnull=False), name="tickets_ticket_resolved_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(billing_status__in=["held", "skipped", "waived"]) | ~Q(billing_reason=""),
                name="tickets_ticket_unbilled_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["finished_at", "id"],
                condition=Q(billing_status="unbilled", status__in=["closed", "resolved"]),
                name="tickets_ticket_awaiting",
            ),
            models.Index(
                fields=["client", "billing_reason"],
                condition=Q(billing_status__in=["held", "skipped"]),
                name="tickets_ticket_set_aside",
            ),
            models.Index(fields=["client", "number"], name="tickets_ticket_number"),
            # What a person must act on, and what was finished lately, without reading what was settled before.
            models.Index(fields=["billing_reason"], condition=Q(billing_status="held"), name="tickets_ticket_held"),
            # By block: in no order, so that the pages of what waits are never read from it.
            BrinIndex(fields=["finished_at"], autosummarize=True, pages_per_range=32, name="tickets_ticket_finished"),
            models.Index(fields=["-created_at", "-id"], name="tickets_ticket_newest"),
            # What is rare in the list of tickets; what most of them are is found among the newest anyway.
            models.Index(
                fields=["billing_status", "-created_at", "-id"],
                condition=~Q(billing_status="billed"),
                name="tickets_ticket_by_billing",
            ),
            models.Index(
                fields=["billing_reason", "-created_at", "-id"],
                condition=~Q(billing_reason=""),
                name="tickets_ticket_by_reason",
            ),
            models.Index(
                fields=["status", "-created_at", "-id"], condition=~Q(status="closed"), name="tickets_ticket_by_status"
            ),
            models.Index(
                fields=["priority", "-created_at", "-id"],
                condition=~Q(priority="medium"),
                name="tickets_ticket_by_priority",
            ),
            models.Index(
                fields=["-created_at", "-id"], condition=Q(billable=False), name="tickets_ticket_not_billable"
            ),
            word_index("number", "subject", name="tickets_ticket_words"),
        ]

    # Who acts in the next save; the events carry it. A use case sets it, a bare save leaves "system".
    acting: str = NOBODY
    status_before: str | None = None

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    def clean(self) -> None:
        """Refuse a contract or a contact of another client, with the field named."""
        problems = {}
        if self.contract and self.contract.client_id != self.client_id:
            problems["contract"] = "this contract belongs to another client"
        if self.contact and self.contact.client_id != self.client_id:
            problems["contact"] = "this contact belongs to another client"
        if problems:
            raise ValidationError(problems)

    def save(self, *, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save; remember the status that the row had, under its lock, so that an event fires once per change."""
        with transaction.atomic():
            if self.acting != NOBODY:
                act_as(self.acting)
            self.status_before = self._stored_status()
            super().save(update_fields=update_fields, **kwargs)

    def _stored_status(self) -> str | None:
        if self._state.adding:
            return None
        rows = type(self)._base_manager.select_for_update(no_key=True).filter(pk=self.pk)
        return rows.values_list("status", flat=True).first()

    def hold(self, *, reason: str, detail: str, at: datetime) -> None:
        """Set aside until a person acts."""
        self.move_to(self.Billing.HELD, billing_reason=reason, billing_detail=detail, billing_decided_at=at)

    def waive(self, *, detail: str, at: datetime) -> None:
        """Give up billing it."""
        self.move_to(self.Billing.WAIVED, billing_reason="waived", billing_detail=detail[:500], billing_decided_at=at)

    def release(self, *, at: datetime) -> None:
        """Put back among what waits to be billed."""
        self.move_to(
            self.Billing.UNBILLED, billing_reason="", billing_detail="", billing_decided_at=at, billing_attempts=0,
            lost_workers=0, bill_after=None,
        )  # fmt: skip
