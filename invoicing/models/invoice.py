"""One document model for every kind of document."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from contracts.models import Client
from contracts.models.base import ExternalRecord, one_of
from invoicing.transitions import Stateful


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice"
    AGGREGATE = "aggregate"
    CREDIT_NOTE = "credit_note", "credit note"
    CANCELLATION = "cancellation"


class InvoiceStatus(models.TextChoices):
    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"
    DISCARDED = "discarded"


class Invoice(Stateful, ExternalRecord):
    """A document: draft until it is issued, then never edited or deleted (triggers in the migrations refuse it).

    Sums are in minor units of `currency`. A draft carries its subtotal; discount, tax and total are fixed at issue.
    """

    Kind = InvoiceKind
    Status = InvoiceStatus

    STATE = "status"
    OWNED = frozenset({
        "number", "issue_on", "due_on", "issued_at", "issued_by", "subtotal_cents", "discount_cents", "tax_cents",
        "total_cents", "paid_cents", "credited_cents", "seller", "buyer", "line_count", "rendered_at",
    })  # fmt: skip
    MOVES: ClassVar = {
        Status.DRAFT: frozenset({Status.OPEN, Status.DISCARDED}),
        Status.OPEN: frozenset({Status.PAID, Status.VOID, Status.UNCOLLECTIBLE}),
        Status.UNCOLLECTIBLE: frozenset({Status.PAID, Status.VOID}),
    }

    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.INVOICE)
    number = models.CharField(max_length=60, null=True, unique=True, editable=False)
    status = models.CharField(max_length=13, choices=Status.choices, default=Status.DRAFT, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="invoices")
    currency = models.CharField(max_length=3)
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True, help_text="First day after the period.")
    # Which open draft collects the machine's lines: a month ("2026-01"), or one ticket. Empty: made by a person.
    collects = models.CharField(max_length=60, blank=True, editable=False)
    issue_on = models.DateField(null=True, editable=False)
    due_on = models.DateField(null=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    issued_at = models.DateTimeField(null=True, editable=False)
    issued_by = models.CharField(max_length=150, blank=True, editable=False)
    subtotal_cents = models.BigIntegerField(default=0, editable=False)
    discount_cents = models.BigIntegerField(null=True, editable=False)
    tax_cents = models.BigIntegerField(null=True, editable=False)
    total_cents = models.BigIntegerField(null=True, editable=False)
    paid_cents = models.BigIntegerField(default=0, editable=False)
    # What credit notes and cancellations took back of it, as an amount above zero.
    credited_cents = models.BigIntegerField(default=0, db_default=0, editable=False)
    line_count = models.PositiveIntegerField(default=0, editable=False)
    rendered_at = models.DateTimeField(null=True, editable=False, help_text="When its files were stored.")
    seller = models.JSONField(null=True, editable=False, help_text="As it was at issue.")
    buyer = models.JSONField(null=True, editable=False, help_text="As it was at issue.")
    # A cancellation or credit note names the document that it takes back.
    cancels = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="cancelled_by")
    reason = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="Why it cancels or credits; printed on it."
    )

    class Meta:
        ordering = ["-pk"]
        permissions = [
            ("issue_invoice", "Can issue drafts"),
            ("void_invoice", "Can cancel issued documents"),
            ("credit_invoice", "Can credit documents"),
            ("record_payment", "Can record payments"),
            ("send_invoice", "Can send documents"),
        ]
        constraints = [
            one_of("kind", InvoiceKind.values, "invoicing_invoice_kind_known"),
            one_of("status", InvoiceStatus.values, "invoicing_invoice_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "discarded"], number__isnull=True, issue_on__isnull=True)
                | Q(
                    status__in=["open", "paid", "void", "uncollectible"],
                    number__isnull=False,
                    issue_on__isnull=False,
                    due_on__isnull=False,
                    issued_at__isnull=False,
                    seller__isnull=False,
                    buyer__isnull=False,
                    discount_cents__isnull=False,
                    tax_cents__isnull=False,
                    total_cents__isnull=False,
                ),
                name="invoicing_invoice_issued_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(total_cents__isnull=True)
                | Q(total_cents=F("subtotal_cents") - F("discount_cents") + F("tax_cents")),
                name="invoicing_invoice_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(period_end__isnull=True) | Q(period_end__gt=F("period_start")),
                name="invoicing_invoice_period_in_order",
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) | Q(due_on__gte=F("issue_on")),
                name="invoicing_invoice_due_after_issue",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["invoice", "aggregate"], cancels__isnull=True)
                | Q(kind__in=["credit_note", "cancellation"], cancels__isnull=False),
                name="invoicing_invoice_corrections_name_the_first",
            ),
            models.UniqueConstraint(
                fields=["cancels"],
                condition=Q(kind="cancellation") & ~Q(status="discarded"),
                name="invoicing_invoice_cancelled_once",
            ),
            models.UniqueConstraint(
                fields=["client", "collects"],
                condition=Q(status="draft") & ~Q(collects=""),
                name="invoicing_invoice_one_open_draft",
            ),
            models.UniqueConstraint(
                fields=["client", "period_start"],
                condition=Q(kind="aggregate") & ~Q(status__in=["void", "discarded"]),
                name="invoicing_invoice_one_aggregate_a_month",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "status", "period_start"], name="invoicing_invoice_of_client"),
            models.Index(fields=["status", "due_on"], name="invoicing_invoice_due"),
            models.Index(fields=["currency", "id"], name="invoicing_invoice_currency"),
            models.Index(fields=["issue_on"], condition=Q(issue_on__isnull=False), name="invoicing_invoice_issued"),
            models.Index(fields=["period_start"], name="invoicing_invoice_period"),
            models.Index(fields=["kind", "id"], condition=~Q(kind="invoice"), name="invoicing_invoice_kind"),
            # Numbers of a series leave the house in date order; issuing asks for the newest date of the kind.
            models.Index(
                fields=["kind", "-issue_on"], condition=Q(issue_on__isnull=False), name="invoicing_invoice_newest"
            ),
            models.Index(
                fields=["issued_at"],
                condition=Q(issued_at__isnull=False, rendered_at__isnull=True),
                name="invoicing_invoice_to_render",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"draft {self.external_id}"

    @property
    def open_cents(self) -> int:
        """What is still to be paid, in minor units; below zero where more was paid than was due."""
        return (self.total_cents or 0) - self.credited_cents - self.paid_cents

    def discard(self) -> None:
        """Give a draft up. Its claims must be released by the caller in the same transaction."""
        self.move_to(self.Status.DISCARDED)


class InvoiceLine(models.Model):
    """One position: quantity x unit price / price_per, rounded once."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    company = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    description = models.TextField()
    quantity = models.DecimalField(max_digits=20, decimal_places=6)
    unit = models.CharField(max_length=20, blank=True)
    # A rate of four places times two multipliers of four places stays exact.
    unit_price = models.DecimalField(max_digits=28, decimal_places=12)
    price_per = models.PositiveIntegerField(default=1)
    amount_cents = models.BigIntegerField()
    # What the item itself says about tax; the treatment of the whole document is decided at issue.
    item_tax_rate = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    goods = models.BooleanField(default=False)
    tax_category = models.CharField(max_length=2, blank=True)
    tax_rate = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    explanation = models.JSONField()
    # The line of an issued document that this one takes back; each is taken back once.
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections", db_index=False
    )

    class Meta:
        ordering = ["invoice", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["corrects"], condition=Q(corrects__isnull=False), name="invoicing_line_corrected_once"
            ),
            # Checked at the end of a statement, so that lines can be numbered anew when some are taken off.
            models.UniqueConstraint(
                fields=["invoice", "position"],
                name="invoicing_line_position_once",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(condition=Q(price_per__gte=1), name="invoicing_line_price_per_positive"),
        ]
        indexes = [models.Index(fields=["invoice", "company"], name="invoicing_line_of_company")]

    def __str__(self) -> str:
        return self.description


class TaxLine(models.Model):
    """Tax of one (category, rate) of one document, computed once."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="tax_lines")
    category = models.CharField(max_length=2, choices=Client.TaxCategory.choices)
    rate = models.DecimalField(max_digits=6, decimal_places=3)
    taxable_cents = models.BigIntegerField()
    tax_cents = models.BigIntegerField()
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["invoice", "category", "-rate"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "category", "rate"], name="invoicing_tax_line_once"),
            one_of("category", Client.TaxCategory.values, "invoicing_tax_line_category_known"),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.rate} %"
