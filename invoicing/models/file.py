"""What was sent to the recipient, byte for byte."""

from __future__ import annotations

from django.db import models

from contracts.models.base import one_of
from invoicing.models.invoice import Invoice


class FileFormat(models.TextChoices):
    PDF = "pdf", "PDF"
    XRECHNUNG_CII = "xrechnung_cii", "XRechnung (CII)"
    XRECHNUNG_UBL = "xrechnung_ubl", "XRechnung (UBL)"


class StoredFile(models.Model):
    """A rendered document, stored once and served unchanged for ever; nobody may change or delete it."""

    Format = FileFormat

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="files")
    format = models.CharField(max_length=13, choices=Format.choices)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["invoice", "format"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "format"], name="invoicing_file_once"),
            one_of("format", FileFormat.values, "invoicing_file_format_known"),
        ]

    def __str__(self) -> str:
        return f"{self.format} of {self.invoice_id}"
