"""One document, three formats: which syntax each one uses, and what it says it keeps to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from invoicing.documents.content import DocumentContent
from invoicing.documents.einvoice import cii, ubl
from invoicing.documents.einvoice.facts import Facts, facts_of

EN_16931 = "urn:cen.eu:en16931:2017"
XRECHNUNG = f"{EN_16931}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
BILLING = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"


@dataclass(frozen=True, slots=True)
class EInvoiceFormat:
    """A format: its syntax ("cii" or "ubl"), who writes it, and what it names as its rules and its process."""

    syntax: str
    write: Callable[..., bytes]
    guideline: str
    process: str = ""

    @property
    def is_xrechnung(self) -> bool:
        """Whether the rules of XRechnung hold beside those of EN 16931."""
        return self.guideline == XRECHNUNG


FORMATS: Final = {
    "zugferd": EInvoiceFormat("cii", cii.write, EN_16931),
    "xrechnung_cii": EInvoiceFormat("cii", cii.write, XRECHNUNG, BILLING),
    "xrechnung_ubl": EInvoiceFormat("ubl", ubl.write, XRECHNUNG, BILLING),
}


def xml_of(content: DocumentContent, format: str) -> bytes:  # noqa: A002 - what everybody calls it
    """The document as XML in "zugferd", "xrechnung_cii" or "xrechnung_ubl". Raises KeyError for another format."""
    return written(facts_of(content), format)


def written(facts: Facts, format: str) -> bytes:  # noqa: A002
    """The same from facts that are there already."""
    found = FORMATS[format]
    return found.write(facts, guideline=found.guideline, process=found.process)
