"""Who is billed, and the people who ask for support."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

import config
from accounts.words import word_index
from contracts.models.base import ExternalRecord, not_negative, one_of
from contracts.vat_ids import fitting
from rating import numerals


def validate_timezone(name: str) -> None:
    """Refuse a name that is no IANA time zone."""
    if name not in available_timezones():
        raise ValidationError(f"{name!r} is not a time zone; write it as Europe/Berlin")


class ClientAutomation(models.TextChoices):
    OFF = "off"
    SHADOW = "shadow"
    DRAFT = "draft"
    AUTO = "auto"


class ClientDelivery(models.TextChoices):
    EMAIL = "email"
    STRIPE = "stripe"
    NONE = "none"


class ClientLanguage(models.TextChoices):
    GERMAN = "de"
    ENGLISH = "en"


class ClientEInvoice(models.TextChoices):
    NONE = "none", "PDF only"
    ZUGFERD = "zugferd", "ZUGFeRD / Factur-X (in the PDF)"
    XRECHNUNG_CII = "xrechnung_cii", "XRechnung (CII)"
    XRECHNUNG_UBL = "xrechnung_ubl", "XRechnung (UBL)"


class ClientTaxCategory(models.TextChoices):
    STANDARD = "S", "S standard rate"
    ZERO = "Z", "Z zero rate"
    EXEMPT = "E", "E exempt"
    REVERSE_CHARGE = "AE", "AE reverse charge"
    EXPORT = "G", "G export of goods"
    OUTSIDE = "O", "O outside the scope of tax"
    INTRA_COMMUNITY = "K", "K intra-community supply"


class Client(ExternalRecord):
    """A company that is billed. A partner is a client that manages others."""

    Automation = ClientAutomation
    Delivery = ClientDelivery
    EInvoice = ClientEInvoice
    Language = ClientLanguage
    TaxCategory = ClientTaxCategory

    name = models.CharField(max_length=200)
    currency = models.CharField(
        max_length=3, validators=[RegexValidator(r"^[A-Z]{3}$", "three capital letters, as EUR")]
    )
    country = models.CharField(max_length=2, validators=[RegexValidator(r"^[A-Z]{2}$", "two capital letters, as DE")])
    region = models.CharField(max_length=10, blank=True, help_text="Part of the country, for its holidays, as BE.")
    vat_id = models.CharField("VAT id", max_length=30, blank=True)
    email = models.EmailField(blank=True)
    address_line1 = models.CharField(max_length=200, blank=True)
    address_line2 = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.GERMAN)
    timezone = models.CharField(
        max_length=60, blank=True, validators=[validate_timezone], help_text="Empty: the issuer's time zone."
    )
    hourly_rate = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, blank=True, help_text="Empty: the setting's. 0: free."
    )
    payment_terms_days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(365)], help_text="Empty: the setting's."
    )
    automation = models.CharField(
        max_length=10, choices=Automation.choices, blank=True, help_text="Empty: the installation's default."
    )
    automation_from = models.DateTimeField(
        null=True, blank=True, help_text="Tickets closed before this are not billed automatically."
    )
    default_strategy = models.CharField(
        "default strategy", max_length=30, blank=True, default="", db_default="",
        help_text="Where neither person, contract nor the work itself decides. Empty: the setting's.",
    )  # fmt: skip
    approval_threshold_seconds = models.PositiveIntegerField(
        "approval above", null=True, blank=True,
        help_text="Seconds of work on a ticket above which it waits for an approver. Empty: the setting's.",
    )  # fmt: skip
    require_entry_approval = models.BooleanField(null=True, blank=True, help_text="Empty: the setting's.")
    delivery = models.CharField(max_length=10, choices=Delivery.choices, default=Delivery.EMAIL)
    invoice_email = models.EmailField(
        blank=True, default="", db_default="", help_text="Where documents go. Empty: the address above."
    )
    invoice_cc = models.CharField(
        "copies to", max_length=500, blank=True, default="", db_default="", help_text="Addresses, by comma."
    )
    e_invoice = models.CharField(
        "e-invoice", max_length=13, choices=EInvoice.choices, blank=True, default="", db_default="",
        help_text="Empty: the setting's.",
    )  # fmt: skip
    leitweg_id = models.CharField(
        "Leitweg-ID", max_length=46, blank=True, default="", db_default="",
        help_text="Of a public buyer; the buyer reference of an e-invoice.",
    )  # fmt: skip
    debtor_number = models.PositiveIntegerField(
        null=True, blank=True, help_text="Account in the bookkeeping. Empty: numbered from the setting on."
    )
    is_partner = models.BooleanField(default=False)
    managed_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="managed_companies"
    )
    managed_from = models.DateField(null=True, blank=True)
    managed_until = models.DateField(null=True, blank=True)
    started_on = models.DateField(null=True, blank=True)
    active = models.BooleanField(default=True)
    tax_category = models.CharField(
        max_length=2, choices=TaxCategory.choices, blank=True, help_text="Empty: derived from seller and buyer."
    )
    tax_rate = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True, help_text="Percent.")
    tax_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["name", "pk"]
        indexes = [word_index("name", "city", "email", "vat_id", name="contracts_client_words")]
        constraints = [
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="contracts_client_currency_iso"),
            models.CheckConstraint(condition=Q(country__regex="^[A-Z]{2}$"), name="contracts_client_country_iso"),
            one_of("automation", ["", *ClientAutomation.values], "contracts_client_automation_known"),
            one_of("delivery", ClientDelivery.values, "contracts_client_delivery_known"),
            one_of("e_invoice", ["", *ClientEInvoice.values], "contracts_client_e_invoice_known"),
            models.UniqueConstraint(
                fields=["debtor_number"],
                condition=Q(debtor_number__isnull=False),
                name="contracts_client_debtor_number_once",
            ),
            one_of("language", ClientLanguage.values, "contracts_client_language_known"),
            one_of("tax_category", ["", *ClientTaxCategory.values], "contracts_client_tax_category_known"),
            not_negative("hourly_rate", "contracts_client_hourly_rate_not_negative"),
            models.CheckConstraint(
                condition=Q(tax_rate__isnull=True) | Q(tax_rate__gte=0, tax_rate__lte=100),
                name="contracts_client_tax_rate_percent",
            ),
            models.CheckConstraint(
                condition=~Q(tax_category="S") | Q(tax_rate__isnull=False),
                name="contracts_client_standard_tax_has_rate",
            ),
            models.CheckConstraint(
                condition=Q(tax_category__in=["", "S"]) | Q(tax_rate__isnull=True) | Q(tax_rate=0),
                name="contracts_client_other_tax_has_no_rate",
            ),
            models.CheckConstraint(
                condition=Q(managed_by__isnull=True) | ~Q(managed_by=F("pk")),
                name="contracts_client_not_its_own_partner",
            ),
            models.CheckConstraint(
                condition=Q(managed_until__isnull=True)
                | Q(managed_from__isnull=True)
                | Q(managed_until__gte=F("managed_from")),
                name="contracts_client_managed_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a VAT id that is wrong or of another country; store it without blanks."""
        super().clean()
        try:
            self.vat_id = fitting(self.vat_id, self.country)
        except ValueError as problem:
            raise ValidationError({"vat_id": f"{self.vat_id} {problem}"}) from problem

    @property
    def document_language(self) -> numerals.Language:
        """The language of this client's documents, as `rating` names it."""
        return "en" if self.language == ClientLanguage.ENGLISH else "de"

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this client's days and months begin."""
        return ZoneInfo(self.timezone or config.billing().timezone)


class Contact(ExternalRecord):
    """A person at a client."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)

    class Meta:
        ordering = ["name", "pk"]
        indexes = [word_index("name", "email", name="contracts_contact_words")]

    def __str__(self) -> str:
        return self.name
