"""A document as PDF/A-3b, drawn by typst from its content."""

from invoicing.documents.pdf.rendering import CannotBeDrawn, pdf_of

__all__ = ["CannotBeDrawn", "pdf_of"]
