"""Electronic invoices of EN 16931: ZUGFeRD/Factur-X and XRechnung, written from a document's content."""

from invoicing.documents.einvoice.checking import problems_of
from invoicing.documents.einvoice.writing import xml_of

__all__ = ["problems_of", "xml_of"]
