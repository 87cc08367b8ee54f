"""What a company pays besides usage: services by the month or year, and changes that were made for it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.words import word_index
from contracts.models import Client
from contracts.models.base import ExternalRecord, not_negative, one_of


class ServiceTemplate(ExternalRecord):
    """A service that is offered, with the price that new companies get."""

    name = models.CharField(max_length=200, unique=True)
    price = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ServiceInterval(models.TextChoices):
    MONTHLY = "monthly"
    YEARLY = "yearly"


class ServicePrice(ExternalRecord):
    """The price of a service of one company, valid from one day to another (inclusive).

    Two prices of one service of a company never overlap: an exclusion constraint refuses it.
    """

    Interval = ServiceInterval

    company = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="service_prices")
    service = models.CharField(max_length=200)
    template = models.ForeignKey(
        ServiceTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="prices"
    )
    price = models.DecimalField(max_digits=14, decimal_places=4)
    quantity = models.DecimalField(max_digits=12, decimal_places=4, default=1)
    discount_percent = models.DecimalField(max_digits=6, decimal_places=3, default=0)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="Last day. Empty: open.")
    interval = models.CharField(max_length=7, choices=Interval.choices, default=Interval.MONTHLY)
    prorate = models.BooleanField(default=False, help_text="Charge part of a month by the day.")

    class Meta:
        ordering = ["company", "service", "valid_from"]
        indexes = [word_index("service", name="gateway_price_words")]
        constraints = [
            one_of("interval", ServiceInterval.values, "gateway_price_interval_known"),
            not_negative("price", "gateway_price_not_negative"),
            not_negative("quantity", "gateway_price_quantity_not_negative"),
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lte=100), name="gateway_price_discount_percent"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="gateway_price_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} from {self.valid_from}"


class ChangeStatus(models.TextChoices):
    PENDING = "pending"
    APPROVED = "approved"
    CANCELLED = "cancelled"


class ServiceChange(ExternalRecord):
    """Work or a change for a company, billed once it is approved; a recurring one every month until it ends.

    Its price is `amount`, or `hours` x `hourly_rate`. `settled` marks what has nothing left to bill, so that a run does
    not look at the changes of all years; the claims are the truth, and triggers keep the mark.
    """

    Status = ChangeStatus

    company = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="service_changes")
    service_date = models.DateField()
    category = models.CharField(max_length=100, blank=True)
    description = models.CharField(max_length=300, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    hours = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    hourly_rate = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    recurring = models.BooleanField(default=False, help_text="Every month from the service date on.")
    recurring_until = models.DateField(null=True, blank=True, help_text="Last day. Empty: open.")
    approved_by = models.CharField(max_length=150, blank=True, editable=False)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    settled = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-service_date", "-pk"]
        permissions = [("approve_servicechange", "Can approve service changes")]
        constraints = [
            one_of("status", ChangeStatus.values, "gateway_change_status_known"),
            not_negative("amount", "gateway_change_amount_not_negative"),
            not_negative("hours", "gateway_change_hours_not_negative"),
            not_negative("hourly_rate", "gateway_change_rate_not_negative"),
            models.CheckConstraint(
                condition=Q(amount__isnull=False, hours__isnull=True, hourly_rate__isnull=True)
                | Q(amount__isnull=True, hours__isnull=False, hourly_rate__isnull=False),
                name="gateway_change_has_one_price",
            ),
            models.CheckConstraint(
                condition=Q(recurring_until__isnull=True) | Q(recurring=True, recurring_until__gte=F("service_date")),
                name="gateway_change_recurs_in_order",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "service_date"],
                condition=Q(status="approved", settled=False),
                name="gateway_change_unsettled",
            ),
            word_index("category", "description", name="gateway_change_words"),
        ]

    def __str__(self) -> str:
        return self.description or self.category or self.external_id
